
"use strict";
try {
  var chosen = localStorage.getItem("rocov2-theme");
  if (chosen === "dark" || chosen === "light") document.documentElement.dataset.theme = chosen;
} catch (error) { /* storage is switched off: the system's choice counts */ }

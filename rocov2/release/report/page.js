
"use strict";
(function () {
  var PAGE = 20;
  var by = function (id) { return document.getElementById(id); };
  var make = function (name, words, kind) {
    var element = document.createElement(name);
    if (words) element.textContent = words;
    if (kind) element.className = kind;
    return element;
  };

  // Light and dark.
  var root = document.documentElement, button = by("theme");
  var system = window.matchMedia("(prefers-color-scheme: dark)");
  var isDark = function () { return root.dataset.theme ? root.dataset.theme === "dark" : system.matches; };
  var showTheme = function () {
    button.textContent = isDark() ? "Light" : "Dark";
    button.setAttribute("aria-label", button.textContent + " colours");
  };
  button.addEventListener("click", function () {
    root.dataset.theme = isDark() ? "light" : "dark";
    try { localStorage.setItem("rocov2-theme", root.dataset.theme); } catch (error) { /* not kept, then */ }
    showTheme();
  });
  system.addEventListener("change", showTheme);
  button.hidden = false;
  showTheme();

  // Search over the rows of this page.
  var data = JSON.parse(by("rows").textContent), at = {};
  data.columns.forEach(function (name, index) { at[name] = index; });
  var haystacks = data.rows.map(function (row) {
    var names = row[at.cuis].map(function (cui) { return cui + " " + (data.names[cui] || ""); });
    return [row[at.sample_id], row[at.pmcid], row[at.caption], row[at.journal], names.join(" ")].join(" ").toLowerCase();
  });
  var hits = [], first = 0, words = [];

  function search() {
    words = by("query").value.toLowerCase().split(/\s+/).filter(Boolean);
    var only = { modality: by("modality").value, split: by("split").value, license_code: by("licence").value };
    hits = [];
    data.rows.forEach(function (row, index) {
      for (var name in only) if (only[name] && row[at[name]] !== only[name]) return;
      if (words.every(function (word) { return haystacks[index].indexOf(word) >= 0; })) hits.push(index);
    });
    first = 0;
    show();
  }

  function show() {
    var list = by("hits"), last = Math.min(first + PAGE, hits.length);
    list.replaceChildren.apply(list, hits.slice(first, last).map(function (index) { return hit(data.rows[index]); }));
    list.start = first + 1;
    by("count").textContent = hits.length
      ? hits.length.toLocaleString("en") + " found, " + (first + 1) + " to " + last + " shown"
      : "Nothing found among the rows of this page.";
    by("page").textContent = hits.length ? "page " + (first / PAGE + 1) + " of " + Math.ceil(hits.length / PAGE) : "";
    by("back").disabled = first === 0;
    by("next").disabled = last >= hits.length;
    by("pager").hidden = hits.length <= PAGE;
  }

  function hit(row) {
    var item = make("li", "", "hit"), body = make("div"), plate = make("div", "", "plate");
    if (row[at.picture]) {
      var image = make("img");
      image.src = "data:image/webp;base64," + row[at.picture];
      image.alt = "";
      plate.append(image);
    }
    var about = make("p", "", "about");
    about.append(make("b", data.modalities[row[at.modality]] || row[at.modality]), " · " + row[at.split] + " · ");
    about.append(article(row[at.pmcid]), (row[at.label] ? ", " + row[at.label] : "") + " · ");
    about.append(make("code", row[at.sample_id]));
    var chips = make("ul", "", "chips");
    row[at.cuis].forEach(function (cui) {
      var link = make("a", data.names[cui] || cui), place = make("li");
      link.href = "#q=" + encodeURIComponent(cui);
      link.title = cui;
      place.append(link);
      chips.append(place);
    });
    body.append(about, marked(row[at.caption]), chips);
    body.append(make("p", row[at.license_code] + " · " + row[at.attribution], "quiet"));
    item.append(plate, body);
    return item;
  }

  function article(pmcid) {
    if (!/^PMC\d{1,10}$/.test(pmcid)) return make("span", pmcid);
    var link = make("a", pmcid);
    link.href = "https://pmc.ncbi.nlm.nih.gov/articles/" + pmcid + "/";
    link.rel = "noopener noreferrer external";
    link.target = "_blank";
    return link;
  }

  function marked(caption) {
    var shown = make("p", "", "words"), lower = caption.toLowerCase(), place = 0;
    if (lower.length !== caption.length) { shown.textContent = caption; return shown; }
    while (place < caption.length) {
      var best = -1, length = 0;
      words.forEach(function (word) {
        var found = lower.indexOf(word, place);
        if (found >= 0 && (best < 0 || found < best || (found === best && word.length > length))) {
          best = found;
          length = word.length;
        }
      });
      if (best < 0) break;
      shown.append(caption.slice(place, best), make("mark", caption.slice(best, best + length)));
      place = best + length;
    }
    shown.append(caption.slice(place));
    return shown;
  }

  function turn(step) {
    return function () {
      first = Math.max(0, first + step);
      show();
      by("find").scrollIntoView();
      by("count").focus({ preventScroll: true });
    };
  }

  var timer = 0;
  by("query").addEventListener("input", function () { clearTimeout(timer); timer = setTimeout(search, 120); });
  ["modality", "split", "licence"].forEach(function (name) { by(name).addEventListener("change", search); });
  by("back").addEventListener("click", turn(-PAGE));
  by("next").addEventListener("click", turn(PAGE));

  // Links that search (#q=...), and links to a folded reason.
  function follow() {
    var hash = location.hash;
    if (hash.indexOf("#q=") === 0) {
      try { by("query").value = decodeURIComponent(hash.slice(3)); } catch (error) { return; }
      ["modality", "split", "licence"].forEach(function (name) { by(name).value = ""; });
      search();
      by("find").scrollIntoView();
      by("query").focus({ preventScroll: true });
      return;
    }
    var place = hash.length > 1 ? by(hash.slice(1)) : null;
    if (place && place.tagName === "DETAILS") { place.open = true; place.scrollIntoView(); }
  }
  window.addEventListener("hashchange", follow);
  by("noscript").remove();
  by("form").hidden = false;
  search();
  follow();
})();

"""Caption text: whether it may be radiology, its panel letters, and its cleaning; no input or output of its own."""

"""JATS XML in, front matter and figure rows out; no input or output of its own."""

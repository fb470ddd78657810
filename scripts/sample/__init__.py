"""What `make_sample.py` draws and writes: phantoms, plots, JATS front matter and the bucket's layout."""

"""Training of the image filters: backbone, views, features, heads and the model card."""

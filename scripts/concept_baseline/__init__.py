"""Concept detection with DenseNet-121, in pieces: what needs PyTorch stands in densenet, weights and fit alone."""

"""Rebuild, extend and keep current the ROCOv2 radiology dataset from PubMed Central."""

__version__ = "0.1.0"

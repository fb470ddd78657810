"""The concept baseline: its parts without PyTorch everywhere, the model where PyTorch is installed."""

"""Image files: the store, the download into it, what models see in them, and look-alikes."""

"""Each stage on rows made for the purpose."""

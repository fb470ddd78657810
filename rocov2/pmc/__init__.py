"""PubMed Central as NCBI serves it since August 2026: inventory, article JSON, search."""

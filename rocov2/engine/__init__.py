"""Sharded, stamped Parquet tables and the running of stages over them; knows no radiology."""

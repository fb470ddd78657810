"""The stages, one file each: a function from tables to one table."""

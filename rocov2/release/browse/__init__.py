"""A release to search and to leaf through: an index in memory, and pages that a loopback server hands out."""

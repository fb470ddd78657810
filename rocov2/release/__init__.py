"""From finished tables to a release: splits, checks, files, card."""

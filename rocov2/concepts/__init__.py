"""UMLS concepts: vocabulary, linker, assertion and the curators' overrides."""

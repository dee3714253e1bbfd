"""Check a disclosure: one module a family of findings, words rendered apart."""

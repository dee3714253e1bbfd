"""Releases: what is made public of an agency and year, version beside version, each whole and accounted for."""

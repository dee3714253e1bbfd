"""Readers of file formats: each turns one file into a material of grids and lines."""

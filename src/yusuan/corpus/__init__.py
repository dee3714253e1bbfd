"""Many documents at once: which files make one document, each read in a process of its own, results put together."""

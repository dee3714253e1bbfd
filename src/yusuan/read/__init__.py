"""Documents and ledgers read into values."""

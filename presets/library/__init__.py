"""The preset library: an SQLite database, its vectors, queries by text."""

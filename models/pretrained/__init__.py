"""Other people's audio networks, read from weights that a user has on disk."""

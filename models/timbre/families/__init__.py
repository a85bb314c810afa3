"""Which family of instruments a sound belongs to: learnt from names, compared across synths."""

"""Scores for the four voices of the NES: the type, its event view, its files."""

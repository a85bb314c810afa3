"""Textures while they are played: streams that are rendered ahead into growing files."""

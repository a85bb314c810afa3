"""Vectors on disk and nearest neighbours among them."""

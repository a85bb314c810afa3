"""Sounds to vectors: embedders and distances."""

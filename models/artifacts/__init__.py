"""Trained models on disk: weights, cards, controls, and the list of what is installed."""

"""Data sets of rendered presets, made on one machine or a cluster."""

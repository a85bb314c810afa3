"""Preset encoders (synth proxies): from parameters to the embedding of their sound."""

"""Synths, preset libraries and search by sound. Knows no socket; imports only `starling.models`."""

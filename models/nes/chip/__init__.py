"""The sound chip of the NES (2A03): register writes to sound, and scores to writes and back."""

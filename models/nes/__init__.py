"""The sound chip of the NES and its scores: registers, sound, formats; nothing that learns."""

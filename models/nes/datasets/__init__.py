"""Data sets of scores: a folder of MIDI, VGM and NES-MDB files as one npz with its origin."""

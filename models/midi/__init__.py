"""MIDI 1.0: files, read as far as they can be, tempo maps, and the state of a channel."""

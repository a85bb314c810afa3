"""MIDI files as songs: parts with notes in seconds, and what their controllers do."""

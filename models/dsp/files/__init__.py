"""Sound files of every kind: opened, measured and read whole or in blocks."""

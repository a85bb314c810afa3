"""Parts of an album as a training set: reading, level, chunks, import."""

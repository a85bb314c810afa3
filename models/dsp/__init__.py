"""Signal processing: spectrograms, pitch, descriptors, distances, fingerprints."""

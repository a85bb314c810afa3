"""What plays the notes of a part: voices, one-shots, textures, the chip, plugins."""

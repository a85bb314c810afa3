"""VGM files of the NES's sound chip (version 1.61), plain and compressed, in and out."""

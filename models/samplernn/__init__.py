"""SampleRNN: textures sample by sample, by a hierarchy of recurrent networks (arXiv 1612.07837)."""

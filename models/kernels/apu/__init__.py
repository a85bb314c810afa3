"""The sound chip of the NES in C++: voices, mixer, band-limited steps, its interface to C."""

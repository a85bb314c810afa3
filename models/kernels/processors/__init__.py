"""What each instruction set brings to the C++ sources: one file for each."""

"""Linear prediction in C++: coefficients fitted to the last samples, the next one's level."""

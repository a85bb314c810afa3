"""SampleRNN in C++: the packed network, one step of it, and its interface to C."""

"""The engine: OSC and MIDI in, sounds out. The only package with sockets, threads and clocks."""

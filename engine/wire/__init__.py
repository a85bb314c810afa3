"""What travels between plugin and engine: OSC, verbs, protocol, allowed files."""

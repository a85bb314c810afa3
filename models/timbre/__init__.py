"""The timbre embedding: a network that puts alike sounds near each other."""

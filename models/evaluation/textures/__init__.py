"""How near textures come to what they learned from, and the temperature that comes nearest."""

"""The synths that can be hosted, behind one Protocol."""

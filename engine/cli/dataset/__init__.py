"""`starling dataset ...`: data sets of your sounds, and of presets with theirs."""

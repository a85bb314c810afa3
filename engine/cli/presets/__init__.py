"""`starling presets ...`: scan, search, match and export presets."""

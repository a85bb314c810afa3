"""Sound sets and sets of rendered presets: import, provenance, reading."""

"""Find preset files, render and embed them, watch folders, export."""

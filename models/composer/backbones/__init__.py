"""What the composer may put between its rows and its heads: networks over steps."""

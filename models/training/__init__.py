"""The training frame that all learned systems share."""

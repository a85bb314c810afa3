"""`starling train ...`: one command for each system that learns."""

"""`starling evaluate ...`: measure a model and write its report."""

"""How good estimators and embedders are, on real synths."""

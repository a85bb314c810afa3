"""How good one-shot models are: distances, classifiers, two-sample tests, control fidelity."""

"""The preset estimator: from a sound to a synth's parameters."""

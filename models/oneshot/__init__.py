"""The one-shot model: networks, training, the prior of latents, playing."""

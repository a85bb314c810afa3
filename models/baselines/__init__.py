"""The published dense GAN and dense VAE of MockingBot, as baselines."""

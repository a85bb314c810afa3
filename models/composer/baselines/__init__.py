"""What a composer is compared with: n-grams, the published LSTM and VAE, a plain transformer."""

"""What a composer is compared with: frequencies, n-grams, and a plain transformer over events."""

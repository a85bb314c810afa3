"""Sound matching: tune a preset until it sounds like a target."""

"""Third-party plugins in processes that may die."""

"""Composers and what they are compared with on the same songs: nats, continuations, pictures."""

"""Compiled code with a plain C interface: how it is built, found and called."""

"""Preset and bank files: readers, writers, parameter schemas."""

"""Readings of photos, decisions, review."""

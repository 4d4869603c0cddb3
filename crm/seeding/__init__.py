"""Worlds for demos and tests."""

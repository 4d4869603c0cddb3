"""Outlets: where displays stand."""

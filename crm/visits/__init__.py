"""Visits with check-in, and the photos taken on them."""

"""Organisations and users, sign-in."""

"""Bytes on their way into the photo store."""

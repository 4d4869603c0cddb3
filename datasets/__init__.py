"""Formats in and out, leak-safe splits, checks, and rendering of synthetic photos with exact truth."""

"""Visits."""

from api.visits import errors as errors  # registers its problems and field names

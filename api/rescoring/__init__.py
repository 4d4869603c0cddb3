"""Rescoring of photos of the past."""

from api.rescoring import errors as errors  # registers its problems and field names

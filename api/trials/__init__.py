"""Trials of newly enrolled SKUs."""

from api.trials import errors as errors  # registers its problems and field names

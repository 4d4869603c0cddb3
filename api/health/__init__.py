"""Health, metrics, meanings of problems."""

from api.health import errors as errors  # registers its problems and field names

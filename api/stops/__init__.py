"""Stops of automatic pay."""

from api.stops import errors as errors  # registers its problems and field names

"""The catalogue and enrolment."""

from api.catalog import errors as errors  # registers its problems and field names

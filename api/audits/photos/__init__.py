"""Photos of displays."""

from api.audits.photos import errors as errors  # registers its problems and field names

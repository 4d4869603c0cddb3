"""The stream of events."""

from api.events import errors as errors  # registers its problems and field names

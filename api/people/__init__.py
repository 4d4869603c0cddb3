"""People: sign-in, sessions, accounts, organisations."""

from api.people import errors as errors  # registers its problems and field names

"""Reviews, proposals, reversals."""

from api.audits.reviews import errors as errors  # registers its problems and field names

"""Audits: photos, decisions, reviews."""

from api.audits import errors as errors  # registers its problems and field names

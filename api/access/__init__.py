"""Access: what a brand shows its dealers, and the trail."""

from api.access import errors as errors  # registers its field names

"""Tasks, budgets, task claims."""

from api.tasks import errors as errors  # registers its problems and field names

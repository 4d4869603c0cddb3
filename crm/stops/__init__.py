"""Stops: from one on, nothing of a task, a SKU, a model version or a brand is decided without a person."""

"""One module per experiment; its docstring gives command, cost and score."""

"""What was seen as facts: intervals of what surely stands there and what may."""

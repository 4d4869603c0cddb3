"""Photos of displays, from their reception on, and the audits that they make."""

"""Who may see and do what: roles, grants from a brand to a dealer, and the trail of who read and changed what."""

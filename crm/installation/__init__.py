"""What makes the processes on one database one installation: one secret and one photo store."""

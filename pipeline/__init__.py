"""Photo bytes → facts → verdict: pure functions, no SQL, no HTTP."""

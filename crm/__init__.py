"""Domain and SQL, no HTTP: people, outlets, catalogue, tasks, visits, audits, ledger, durable work."""

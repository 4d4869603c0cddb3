"""What a task asks of the facts: clauses and reward, checked when published, decided by at every corner."""

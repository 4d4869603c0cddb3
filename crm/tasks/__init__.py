"""Display tasks, their versions with the rules, and claims on them."""

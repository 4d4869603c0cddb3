"""How often a payment without a person is wrong: bounded with a stated confidence, and thresholds that keep a bound."""

"""The command line `shelfproof`: composition of all the rest."""

"""Trials of enrolled SKUs: what they would have paid, how people confirmed it, when they pay by themselves."""

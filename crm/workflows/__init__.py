"""Durable work: a received photo is read, decided and drawn, whatever process dies in between.

The only place that imports DBOS.
"""

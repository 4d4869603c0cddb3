"""One module per contestant, each run in a process of its own as `python -m bench.peers.NAME WEIGHTS THREADS SCORE`."""

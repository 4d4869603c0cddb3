"""Peers in one run: the detection stage beside ultralytics and Roboflow `inference`, same photos, same weights."""

"""Served networks: manifests, sessions, preprocess, postprocess, detector, embedder, gallery. No torch."""

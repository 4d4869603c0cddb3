"""Served networks: manifests, runners, preprocess, postprocess, detector, embedder, gallery. No torch."""

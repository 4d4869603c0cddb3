"""Embedder on field fronts (train split), bottled teas, shop packages and, where rendered, made-up brands.

Command: `python -m training.configs.embedder_field`
"""

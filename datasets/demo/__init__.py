"""Demo photos, rendered, with their exact truth: `photos/` and `truth.json`.

Made by `python -m datasets.render.demo`.
"""

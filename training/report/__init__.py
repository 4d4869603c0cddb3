"""The evaluation as one HTML file: figures (plain values) → charts (SVG) → page. Opens offline, holds its photos."""

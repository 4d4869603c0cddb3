"""A new SKU: its reference pictures, and when its names may pay."""

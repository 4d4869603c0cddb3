"""The catalogue of a brand: its SKUs and those of competitors, and the gallery that recognises them."""

"""What all slices stand on, and what knows none of them."""

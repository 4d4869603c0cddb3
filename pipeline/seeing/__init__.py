"""What is on the photo: fronts and coolers, which SKU each front is, and what the photo cannot show."""

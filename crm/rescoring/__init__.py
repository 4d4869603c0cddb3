"""Where a SKU stood before it was enrolled: photos of some days read again with the brand's new gallery."""

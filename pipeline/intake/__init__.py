"""A photo's bytes: whole or refused, decoded, and what copies of it are known by."""

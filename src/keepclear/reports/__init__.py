"""What is printed: made from a desk's own views, for when nothing else works."""

"""What a person sees, worked out from what had reached a party: folds over statements, nothing stored."""

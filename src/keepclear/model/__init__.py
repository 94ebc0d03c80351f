"""What parties tell one another: one frozen value per term of the field, one kind per act of telling."""

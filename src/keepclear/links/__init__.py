"""Links to the formats and systems of others; strangers to one another."""

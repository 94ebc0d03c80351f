"""Where logs are kept: in memory, or durably in one SQLite file."""

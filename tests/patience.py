"""How long a test waits for what must come: only what fails waits it out, however slow the machine is."""

PATIENCE_S = 180.0
PATIENCE_MS = 180_000

"""Scenarios: scripts of what people did, played through the same commands as a live node, and checked."""

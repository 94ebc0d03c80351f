"""The HTTP face of the node: one table of routes, each with its policy; errors; streams."""

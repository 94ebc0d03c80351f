"""The HTTP face of the node: routes, policy, streams, errors."""

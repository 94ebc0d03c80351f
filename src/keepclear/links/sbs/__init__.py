"""BaseStation messages (port 30003 of many receivers): `codec` reads lines, `port` follows the stream."""

"""Links to the formats and systems of others; strangers to one another.

A link is a folder: `codec.py` (bytes ↔ model, pure), `port.py` (async reading and writing), `link.toml`
(standard and edition, direction, tier, what is lost each way) and `README.md`.

tlog     exports that a stranger can verify
feeds    the seam by which links of live positions bring fixes in and take own ones out
push     positions sent over HTTP: JSON, GeoJSON, CSV
"""

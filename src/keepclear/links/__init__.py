"""Links to the formats and systems of others; strangers to one another.

A link is a folder: `codec.py` (bytes ↔ model, pure), `port.py` (async reading and writing), `link.toml`
(standard and edition, direction, tier, what is lost each way) and `README.md`.

tlog     exports that a stranger can verify
feeds    the seam by which links of live positions bring fixes in and take own ones out
showing  what a party's own devices are shown, for links that write
cot      Cursor on Target over TCP, with a party's own devices
readsb   aircraft as readsb and dump1090 give them in JSON
sbs      aircraft as BaseStation messages
push     positions sent over HTTP: JSON, GeoJSON, CSV
"""

"""Exchange between two nodes: each pulls by cursor what the other has told it, and cosigns what it holds.

pairing   who the other node is: a card exchanged in person, pinned under its fingerprint
wire      one pull and its answer, as bytes within bounds
giving    the author's side: entries after the reader's cursor, and the reader's cosignatures
taking    the reader's side: check everything, then hold, then cosign
evidence  two histories of one log, proved by its author's own signatures
"""

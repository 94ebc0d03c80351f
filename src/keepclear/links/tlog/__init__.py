"""Logs as a tlog-tiles directory or ZIP that a stranger can verify with one file.

codec             an export as a map from path to bytes, and back
port              that map as a directory or a ZIP, within bounds
keepclear_verify  the verifier; it ships in every export and imports nothing of Keepclear
verify            the same verifier for `keepclear verify`
"""

"""Keepclear: deconfliction for parties that share an area without sharing a command."""

__version__ = "0.1.0"

"""Recorded flights of the `traffic` package, to be replayed; `codec` reads them."""

"""Cursor on Target over TCP: `framing` cuts, `reading` parses, `codec` gives fixes, `writing` writes."""

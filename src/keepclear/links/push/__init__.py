"""Positions sent over HTTP as JSON, GeoJSON or CSV; `codec` reads them, the routes are the port."""

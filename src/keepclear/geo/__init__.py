"""Geometry on the WGS84 ellipsoid: numbers in, numbers out; see docs/explanation/geometry.md."""

"""The running node: clock, keys, the one writer, HTTP; the only place that knows the time of day."""

"""Aircraft as readsb and dump1090 give them in JSON: `codec` reads it, `port` fetches it or reads a file."""

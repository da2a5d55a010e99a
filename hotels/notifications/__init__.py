"""Messages and events of hotels: what is written, how it is delivered, to whom."""

"""Training loops: see the map below."""

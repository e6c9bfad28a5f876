"""A contract bound to the handlers that keep it."""

"""The body of this server's own error responses."""

import orjson


def error_body(name: str, message: str) -> bytes:
    """`{"error": name, "message": message}` as JSON; the message is one line that says how to fix it."""
    return orjson.dumps({"error": name, "message": message})

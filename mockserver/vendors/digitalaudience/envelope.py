"""The envelope of every response (documented)."""

from typing import Any


def success(data: Any) -> dict[str, Any]:
    """The envelope of a successful response."""
    return {"data": data, "status": {"statusCode": 0, "message": None}, "success": True}

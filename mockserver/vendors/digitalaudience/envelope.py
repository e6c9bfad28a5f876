"""What every answer is wrapped in (documented)."""

from typing import Any


def success(data: Any) -> dict[str, Any]:
    """The envelope around what an operation gives."""
    return {"data": data, "status": {"statusCode": 0, "message": None}, "success": True}

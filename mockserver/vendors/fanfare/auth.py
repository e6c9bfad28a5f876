"""Fanfare authentication errors."""

from mockserver.call import Call
from mockserver.errors import Problem


def map_auth_error(call: Call) -> Problem | None:
    """The error for a restricted key, or for a publishable key where a secret key is required (documented).

    Any other invalid credential gets the same error as a missing one.
    """
    if call.credential and call.credential["field"] == "restricted_key":
        return Problem("forbidden")
    kind, _, token = call.headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer" and token.strip().startswith("pk_"):
        return Problem("secret_key_required")
    return None

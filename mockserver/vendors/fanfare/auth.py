"""How Fanfare turns a caller away."""

from mockserver.call import Call
from mockserver.errors import Problem


def map_auth_error(call: Call) -> Problem | None:
    """A key that may not do this is told so; a publishable key, that a secret one is wanted (documented).

    Whatever else is wrong with a credential, Fanfare speaks as if there were none.
    """
    if call.credential and call.credential["field"] == "restricted_key":
        return Problem("forbidden")
    kind, _, token = call.headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer" and token.strip().startswith("pk_"):
        return Problem("secret_key_required")
    return None

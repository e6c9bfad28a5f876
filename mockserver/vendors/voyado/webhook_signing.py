"""Signatures of webhooks as Svix, which sends them for Engage, documents them."""

import base64
import hmac


def sign(secret: str, id: str, timestamp: int, body: str) -> str:
    """Returns the header `svix-signature` of a message; the secret is `whsec_` and a key in Base64."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.digest(key, f"{id}.{timestamp}.{body}".encode(), "sha256")
    return f"v1,{base64.b64encode(digest).decode()}"

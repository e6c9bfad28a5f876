"""Base URLs of servers, as users give them."""

from urllib.parse import urlsplit


def is_base_url(text: str) -> bool:
    """Whether the text is an HTTP URL with a host, and can be shown on one line."""
    if not text.isprintable() or " " in text:  # `urlsplit` leaves out line breaks, and no request does
        return False
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # brackets without an IPv6 address, or a port above 65535
        return False

"""Percent-encoded URL paths: an encoded slash (`%2F`) is part of a segment, not a separator."""

from typing import Final
from urllib.parse import quote, unquote

ENCODED_SLASH: Final = "\udc2f"
"""Stands for a decoded `%2F` in a path that is still to be split; no decoded text contains a surrogate."""


def decode_path(raw: str) -> str:
    """The decoded path, in which a slash of a segment looks like a separator."""
    return unquote(raw) if "%" in raw else raw


def routable_path(raw: str, path: str) -> str:
    """The decoded path for routing, with `ENCODED_SLASH` for each encoded slash.

    `raw` is the path as received; if it is empty, `path` (decoded) has no encoded slashes.
    """
    if not _has_encoded_slash(raw):
        return path
    return "/".join(unquote(segment).replace("/", ENCODED_SLASH) for segment in raw.split("/"))


def quote_path(raw: str, path: str, unquoted: str = "/") -> str:
    """The path percent-encoded in one canonical way; `raw` and `path` as in `routable_path`."""
    if not _has_encoded_slash(raw):
        return quote(path, unquoted)
    within = unquoted.replace("/", "")
    return "/".join(quote(unquote(segment), within) for segment in raw.split("/"))


def _has_encoded_slash(raw: str) -> bool:
    return "%2" in raw and ("%2F" in raw or "%2f" in raw)

"""Content negotiation: the choice of a media type by the Accept header."""

import pytest

from mockserver.contract.content_negotiation import choose_media_type

JSON, XML = "application/json", "application/xml"


@pytest.mark.parametrize(
    ("accept", "default", "expected"),
    [
        ("", XML, XML),
        ("", JSON, JSON),
        ("*/*", XML, XML),
        ("application/*", JSON, JSON),
        ("application/json", XML, JSON),
        ("application/xml, application/json;q=0.9", JSON, XML),
        ("text/html, application/xml;q=0.9, */*;q=0.8", JSON, XML),
        ("application/json;q=0, */*", JSON, XML),
        ("application/xml;q=much, application/json;q=0.5", JSON, XML),
        ("APPLICATION/JSON; charset=utf-8", XML, JSON),
        ("text/csv", XML, None),
        ("application/xml;q=0, application/json;q=0", XML, None),
        ("x" * 5000, XML, XML),
        ("*/*", "text/csv", JSON),
    ],
)
def test_the_preferred_media_type_is_chosen(accept: str, default: str, expected: str | None) -> None:
    assert choose_media_type(accept, (JSON, XML), default) == expected

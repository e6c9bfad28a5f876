"""XML bodies: read and rendered by schemas with `xml` objects."""

from typing import Any

import pytest

from mockserver.contract.json_body import MAX_DEPTH
from mockserver.contract.operation import read_text
from mockserver.contract.xml_body import is_xml, read_xml, render_xml

COMPONENTS: dict[str, Any] = {
    "Shelf": {
        "type": "object",
        "xml": {"name": "shelf"},
        "required": ["books"],
        "properties": {
            "books": {"type": "array", "items": {"$ref": "#/components/schemas/Book"}},
            "tags": {
                "type": "array",
                "xml": {"wrapped": True},
                "items": {"type": "string", "xml": {"name": "tag"}},
            },
            "notes": {
                "type": "object",
                "xml": {"x-map": True},
                "additionalProperties": {
                    "anyOf": [
                        {"type": "string"},
                        {
                            "type": "array",
                            "xml": {"wrapped": True},
                            "items": {"$ref": "#/components/schemas/Note"},
                        },
                    ]
                },
            },
            "madeAt": {"type": ["integer", "null"], "xml": {"x-milliseconds": True}},
        },
    },
    "Book": {
        "type": "object",
        "properties": {
            "title": {"type": "string"},
            "pages": {"type": "integer"},
            "lent": {"type": "boolean"},
        },
    },
    "Note": {"type": "object", "xml": {"name": "item"}, "properties": {"bit": {"type": "integer"}}},
    "Sign": {
        "type": "object",
        "xml": {"name": "sign"},
        "required": ["text"],
        "properties": {"text": {"type": "string"}},
    },
}
SHELF = {"$ref": "#/components/schemas/Shelf"}
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'


def read(text: str, schema: Any = SHELF) -> Any:
    return read_xml(text.encode(), schema, COMPONENTS, read_text)


def test_elements_are_typed_by_the_schema() -> None:
    books = (
        "<books><title>7</title><pages>7</pages><lent>true</lent></books><books><pages>many</pages></books>"
    )
    expected = [{"title": "7", "pages": 7, "lent": True}, {"pages": "many"}]
    assert read(f"<anything xmlns='urn:x'>{books}</anything>") == {"books": expected}


def test_lists_and_maps() -> None:
    tags = "<tags><tag>a</tag><tag>b</tag></tags>"
    notes = (
        "<notes><entry><key>by</key><value>me</value></entry>"
        "<entry><key>bits</key><value><item><bit>2</bit></item></value></entry>"
        "<entry><key>none</key></entry><plain>text</plain></notes>"
    )
    assert read(f"<shelf>{tags}{notes}</shelf>") == {
        "tags": ["a", "b"],
        "notes": {"by": "me", "bits": [{"bit": 2}], "none": None, "plain": "text"},
    }
    assert read("<shelf><tags/><notes/></shelf>") == {"tags": [], "notes": {}}


def test_what_is_rendered_is_read_back() -> None:
    value = {
        "books": [{"title": "a<b>&\r", "pages": 3, "lent": False}],
        "tags": ["x"],
        "notes": {"by": "me", "bits": [{"bit": 2}], "gone": None},
        "madeAt": 1700000000000,
    }
    document = render_xml(value, SHELF, COMPONENTS)
    assert document == (
        f"{HEAD}<shelf><books><title>a&lt;b&gt;&amp;&#13;</title><pages>3</pages><lent>false</lent></books>"
        "<tags><tag>x</tag></tags><notes><entry><key>by</key><value>me</value></entry>"
        "<entry><key>bits</key><value><item><bit>2</bit></item></value></entry></notes>"
        "<madeAt>2023-11-14T22:13:20.000Z</madeAt></shelf>"
    )
    back = read(document)
    assert back["notes"] == {"by": "me", "bits": [{"bit": 2}]}
    assert {**back, "notes": value["notes"], "madeAt": value["madeAt"]} == value


def test_a_root_list_wraps_its_items() -> None:
    schema = {
        "type": "array",
        "xml": {"name": "signs", "wrapped": True},
        "items": {"$ref": "#/components/schemas/Sign"},
    }
    rendered = render_xml([{"text": "a"}, {"text": "b"}], schema, COMPONENTS)
    assert rendered == f"{HEAD}<signs><sign><text>a</text></sign><sign><text>b</text></sign></signs>"


def test_the_root_is_that_of_the_alternative_that_fits() -> None:
    schema = {"anyOf": [{"$ref": "#/components/schemas/Sign"}, SHELF]}
    assert render_xml({"text": "a"}, schema, COMPONENTS) == f"{HEAD}<sign><text>a</text></sign>"
    assert render_xml({"books": []}, schema, COMPONENTS) == f"{HEAD}<shelf></shelf>"


def test_characters_that_xml_forbids_are_replaced() -> None:
    assert render_xml({"text": "a\x00\ud800\uffff"}, COMPONENTS["Sign"], {}).endswith(
        "<text>a\ufffd\ufffd\ufffd</text></sign>"
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("<a>", "not well-formed"),
        ("null", "not well-formed"),
        ('<!DOCTYPE a [<!ENTITY x "x">]><a>&x;</a>', "document type"),
        ("<a>" * (MAX_DEPTH + 1) + "</a>" * (MAX_DEPTH + 1), "nested deeper"),
    ],
)
def test_malformed_xml(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        read(text)


def test_the_number_of_elements_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mockserver.contract.xml_body.MAX_VALUES", 3)
    with pytest.raises(ValueError, match="more than 3 elements"):
        read("<a><b/><b/></a>")


@pytest.mark.parametrize(
    ("media_type", "expected"),
    [
        ("application/xml", True),
        ("text/xml; charset=utf-8", True),
        ("application/x+xml", True),
        ("application/json", False),
    ],
)
def test_media_types(media_type: str, expected: bool) -> None:
    assert is_xml(media_type) is expected

"""Form bodies are read by schemas: nested names, lists, numbers, files, and forms that are none."""

from typing import Any, Final

import pytest

from mockserver.contract.form_body import read_form
from mockserver.contract.operation import read_text

LINE: Final = {"type": "object", "properties": {"sku": {"type": "string"}, "count": {"type": "integer"}}}
SCHEMA: Final = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "count": {"type": "integer"},
        "ready": {"type": "boolean"},
        "tags": {"type": "array", "items": {"type": "string"}},
        "sizes": {"type": "array", "items": {"type": "number"}},
        "price": {"type": "object", "properties": {"amount": {"type": "number"}}},
        "lines": {"type": "array", "items": {"$ref": "#/components/schemas/Line"}},
        "notes": {"type": "object", "additionalProperties": {"type": "integer"}},
    },
}
COMPONENTS: Final = {"Line": LINE}
FORM: Final = "application/x-www-form-urlencoded"
MULTIPART: Final = "multipart/form-data; boundary=B"
LINES: Final = [{"sku": "a", "count": 1}, {"sku": "b"}]


def read(raw: bytes | str, content_type: str = FORM) -> Any:
    body = raw if isinstance(raw, bytes) else raw.encode()
    return read_form(body, content_type, SCHEMA, COMPONENTS, read_text)


def part(name: str, content: str, *headers: str) -> str:
    head = [f'Content-Disposition: form-data; name="{name}"', *headers]
    return "--B\r\n" + "\r\n".join(head) + f"\r\n\r\n{content}\r\n"


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("name=a%20b+c&count=5&ready=true", {"name": "a b c", "count": 5, "ready": True}),
        ("name=5&count=five", {"name": "5", "count": "five"}),
        ("name=&other=1", {"name": "", "other": "1"}),
        ("count=1&count=2", {"count": 2}),
        ("tags=a", {"tags": ["a"]}),
        ("tags=a&tags=b", {"tags": ["a", "b"]}),
        ("tags[]=a&tags[]=b", {"tags": ["a", "b"]}),
        ("tags[0]=a&tags[1]=b", {"tags": ["a", "b"]}),
        ("sizes=1.5&sizes=x", {"sizes": [1.5, "x"]}),
        ("price[amount]=5", {"price": {"amount": 5.0}}),
        ("lines[0][sku]=a&lines[0][count]=1&lines[1][sku]=b", {"lines": LINES}),
        ("lines[][sku]=a&lines[][count]=1&lines[][sku]=b", {"lines": LINES}),
        ("notes[1]=2&notes[b]=3", {"notes": {"1": 2, "b": 3}}),
        ("price=1&price[amount]=2", {"price": {"amount": 2.0}}),
        ("price[amount]=2&price=1", {"price": "1"}),
        ("tags[a]=1", {"tags": {"a": "1"}}),
        ("[x]=1&=2", {"[x]": "1", "": "2"}),
    ],
)
def test_urlencoded(raw: str, value: object) -> None:
    assert read(raw) == value


def test_multipart_with_a_file_and_json() -> None:
    raw = part("name", "één") + part("count", "5") + part("tags", "a") + part("tags", "b")
    raw += part("price", '{"amount": 3}', "Content-Type: application/json")
    raw += part("file", "line 1\r\nline 2", "Content-Type: text/plain") + "--B--\r\n"
    assert read(raw, MULTIPART) == {
        "name": "één",
        "count": 5,
        "tags": ["a", "b"],
        "price": {"amount": 3},
        "file": "line 1\r\nline 2",
    }


@pytest.mark.parametrize(
    ("raw", "content_type"),
    [
        (b"\xff=1", FORM),
        ("&".join(["a=1"] * 1001), FORM),
        ("no parts", MULTIPART),
        (part("name", "a"), MULTIPART),
        (part("name", "a") + "--B--", "multipart/form-data"),
        ("--B\r\n\r\nno name\r\n--B--", MULTIPART),
        ("--B\r\nContent-Disposition: form-data\r\n\r\nno name\r\n--B--", MULTIPART),
        (b'--B\r\nContent-Disposition: form-data; name="\xff"\r\n\r\n1\r\n--B--', MULTIPART),
        (part("name", "a") * 1001 + "--B--", MULTIPART),
        (part("price", "{", "Content-Type: application/json") + "--B--", MULTIPART),
    ],
)
def test_no_such_form(raw: bytes | str, content_type: str) -> None:
    with pytest.raises(ValueError, match=r"the form|1000 fields|1000 parts|unexpected"):
        read(raw, content_type)


def test_names_nest_to_a_bound() -> None:
    deep, found = read("x" + "[a]" * 500 + "=1"), 0
    while isinstance(deep, dict):
        deep, found = next(iter(deep.values())), found + 1
    assert found == 8

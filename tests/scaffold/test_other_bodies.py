"""Fakes made from a document keep what callers send in forms and in XML, as they keep JSON."""

import json
from pathlib import Path

import pytest

from tests.scaffold.fake import DOCUMENTS, Fake

FORM = {"content-type": "application/x-www-form-urlencoded"}
MULTIPART = {"content-type": "multipart/form-data; boundary=B"}
XML = {"content-type": "application/xml"}


@pytest.fixture
def till(tmp_path: Path) -> Fake:
    return Fake(DOCUMENTS / "forms-3.1.yaml", tmp_path)


def test_form_lives_like_json(till: Fake) -> None:
    body = b"email=a@b.example&age=5&vip=true&tags[]=x&tags[]=y&address[city]=Oslo"
    status, made = till.send("POST", "/customers", body, **FORM)
    expected = {
        "email": "a@b.example",
        "age": 5,
        "vip": True,
        "tags": ["x", "y"],
        "address": {"city": "Oslo"},
    }
    assert (status, made) == (201, {**expected, "id": made["id"]})
    assert till.send("GET", f"/customers/{made['id']}") == (200, made)
    changed = till.send("POST", f"/customers/{made['id']}", b"email=c@d.example&vip=false", **FORM)
    assert changed == (200, {**made, "email": "c@d.example", "vip": False})
    assert till.send("GET", "/customers")[1]["data"] == [changed[1]]
    assert till.send("DELETE", f"/customers/{made['id']}")[0] == 204


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"email=a&age=old", "'old' is not of type 'integer'"),
        (b"email=a&age=-1", "-1 is less than the minimum of 0"),
        (b"age=5", "'email' is a required property"),
    ],
)
def test_form_is_validated(till: Fake, body: bytes, message: str) -> None:
    assert till.send("POST", "/customers", body, **FORM) == (400, {"message": message})
    assert till.last()["violations"][0]["place"] == "body"
    assert till.send("GET", "/customers")[1]["data"] == []


def test_multipart_form_lives_like_json(till: Fake) -> None:
    fields = [("title", "Sea"), ("stars", "4"), ("tags", "a"), ("tags", "b"), ("file", "\x00bytes")]
    raw = "".join(
        f'--B\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n' for name, text in fields
    )
    status, made = till.send("POST", "/photos", f"{raw}--B--\r\n".encode(), **MULTIPART)
    photo = {"title": "Sea", "stars": 4, "tags": ["a", "b"], "photoId": made["photoId"]}
    assert (status, made) == (201, photo)
    assert till.send("GET", f"/photos/{made['photoId']}") == (200, photo)
    assert till.send("POST", "/photos", b"no form", **MULTIPART)[0] == 400


def test_xml_lives_like_json(till: Fake) -> None:
    raw = b"<note><text>a &amp; b</text><marks><mark>x</mark><mark>y</mark></marks></note>"
    status, made = till.send("POST", "/notes", raw, **XML)
    marks = b"<marks><mark>x</mark><mark>y</mark></marks>"
    assert status == 201
    assert made.endswith(b"<note><text>a &amp; b</text>" + marks + b"<id>1</id></note>")
    assert till.send("GET", "/notes/1") == (200, made)
    assert till.send("POST", "/notes", b"<note>", **XML)[0] == 400


def test_stories_send_forms(till: Fake) -> None:
    stories = json.dumps(till.proposed.made.files["contracts/fake/stories.arazzo.yaml"])
    assert "email=text&age=1&vip=true&tags%5B0%5D=text&address%5Bcity%5D=text" in stories
    assert "contentType: multipart/form-data; boundary=" in stories


@pytest.mark.parametrize(
    ("query", "emails", "following"),
    [
        ("limit=2", ["0", "1"], 2),
        ("limit=2&offset=2", ["2"], None),
        ("limit=0", ["0", "1", "2"], None),  # a page of none would be followed by itself for ever
        ("limit=-1", ["0", "1", "2"], None),
        ("offset=-1", ["0", "1", "2"], None),
        ("offset=3", [], None),
        (f"offset={10**30}", [], None),
        (f"limit={10**30}", ["0", "1", "2"], None),
        ("limit=2.0", None, None),
        ("limit=two", None, None),
    ],
)
def test_hostile_pages(till: Fake, query: str, emails: list[str] | None, following: int | None) -> None:
    for number in range(3):
        till.send("POST", "/customers", f"email={number}".encode(), **FORM)
    status, page = till.send("GET", f"/customers?{query}")
    if emails is None:
        assert status == 400
        return
    assert [one["email"] for one in page["data"]] == emails
    assert (page["has_more"], page["next"]) == (following is not None, following)

"""The console's files: what is served, to whom, and that they hold nothing but the console."""

import gzip
import re
from pathlib import Path

import pytest
import requests
from flask.testing import FlaskClient

from mockserver.app import create_app
from mockserver.control import console
from mockserver.pytest_plugin import MockServer
from mockserver.state.scenario import load_scenario

_MAX_BYTES = 122_880  # of all files as they are
_MAX_PACKED_BYTES = 50_000  # as a browser gets them
_FOLDER = Path(console.__file__).parent
_PROGRAMS = [name for name in console.asset_names() if name.endswith(".js")]
_IMPORT = re.compile(r"""(?:from|import)\s*\(?\s*["'`](\.{1,2}/[^"'`$]+)["'`]""")
# What makes markup or code of a text; `dom.js` is the one place that makes elements, from text nodes.
_UNSAFE = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|createContextualFragment|setHTML|srcdoc"
    r"|\beval\(|new Function|javascript:|setTimeout\(\s*[\"'`]"
)


def text_of(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    return create_app(people=0).test_client()


def test_the_page_and_what_it_names_are_served(client: FlaskClient) -> None:
    page = client.get("/")
    assert (page.status_code, page.content_type) == (200, "text/html; charset=utf-8")
    named = re.findall(r'(?:href|src)="(_console/[^"]+)"', page.text)
    assert len(named) >= 2
    for path in named:
        assert client.get(f"/{path}").status_code == 200, path


@pytest.mark.parametrize("name", console.asset_names())
def test_a_file_is_served_as_what_it_is(client: FlaskClient, name: str) -> None:
    reply = client.get(f"/_console/{name}")
    types = {"css": "text/css", "js": "text/javascript", "html": "text/html"}
    assert reply.content_type == f"{types[name.rpartition('.')[2]]}; charset=utf-8"
    assert reply.data == (_FOLDER / name).read_bytes()
    policy = dict(one.strip().split(" ", 1) for one in reply.headers["Content-Security-Policy"].split(";"))
    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "connect-src": "'self'",
        "img-src": "'self' data:",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }


@pytest.mark.parametrize("name", _PROGRAMS)
def test_a_program_imports_what_is_shipped(name: str) -> None:
    folder = (_FOLDER / name).parent
    imported = [(folder / path).resolve() for path in _IMPORT.findall(text_of(name))]
    assert [path.name for path in imported if not path.is_file()] == []


def test_the_imports_are_found() -> None:
    assert {"./api.js", "./view.js"} <= {*_IMPORT.findall(text_of("main.js"))}


@pytest.mark.parametrize("name", console.asset_names())
def test_nothing_makes_markup_of_text_or_asks_another_host(name: str) -> None:
    assert _UNSAFE.findall(text_of(name)) == []
    assert {*re.findall(r"https?://[\w.]+", text_of(name))} <= {"http://www.w3.org"}  # the namespace of SVG


def test_the_page_has_no_code_or_style_of_its_own() -> None:
    page = text_of(console.PAGE)
    assert re.findall(r"<script(?![^>]*\ssrc=)|<style|\son\w+=|\sstyle=", page) == []


def test_the_console_is_small(client: FlaskClient) -> None:
    sizes = {name: (_FOLDER / name).stat().st_size for name in console.asset_names()}
    assert sizes
    assert sum(sizes.values()) <= _MAX_BYTES, sizes
    assert sum(len(fetched(client, name)) for name in sizes) <= _MAX_PACKED_BYTES


def test_the_files_are_packed_for_those_who_accept_it(client: FlaskClient) -> None:
    for name in console.asset_names():
        assert gzip.decompress(fetched(client, name)) == (_FOLDER / name).read_bytes()
    assert client.get("/_console/main.js").headers["Vary"] == "Accept-Encoding"


def fetched(client: FlaskClient, name: str) -> bytes:
    """The body as a browser gets it."""
    reply = client.get(f"/_console/{name}", headers={"Accept-Encoding": "gzip, br"})
    assert reply.headers["Content-Encoding"] == "gzip"
    data: bytes = reply.data
    return data


def test_a_browser_keeps_the_files(client: FlaskClient) -> None:
    first = client.get("/_console/main.js")
    again = client.get("/_console/main.js", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert first.headers["Cache-Control"] == "no-cache"
    assert first.headers["ETag"] != client.get("/_console/api.js").headers["ETag"]


@pytest.mark.parametrize(
    "name", ["", "nothing.js", "__init__.py", "../__init__.py", "views/../../diff.py", "%2e%2e/diff.py"]
)
def test_nothing_else_is_served(client: FlaskClient, name: str) -> None:
    reply = client.get(f"/_console/{name}")
    assert reply.status_code == 404
    assert reply.json
    assert reply.json["error"] == "unknown_path"


def test_the_files_are_read_only(client: FlaskClient) -> None:
    assert client.post("/_console/main.js").status_code == 405
    assert client.head("/_console/main.js").status_code == 200


def test_the_page_holds_no_data_of_a_world(tmp_path: Path, client: FlaskClient) -> None:
    named = tmp_path / "<script>alert(1)<b>.yaml"
    named.write_text("people: 0\n")
    other = create_app(load_scenario(str(named)), token="secret-token").test_client()
    assert other.get("/").data == client.get("/").data


@pytest.mark.parametrize(
    ("host", "status", "error"),
    [
        ("evil.test", 403, "host_not_allowed"),
        ('evil.test"><script>alert(1)</script>', 400, "invalid_request"),
    ],
)
@pytest.mark.parametrize("path", ["/", "/_console/main.js"])
def test_a_foreign_host_is_rejected(
    mockserver_server: MockServer, path: str, host: str, status: int, error: str
) -> None:
    reply = requests.get(f"{mockserver_server.url}{path}", headers={"Host": host}, timeout=20)
    assert (reply.status_code, reply.headers["Content-Type"]) == (status, "application/json")
    assert reply.json()["error"] == error

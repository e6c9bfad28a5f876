"""The console page: what it lists, and that untrusted values are escaped."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
import requests

from mockserver.app import create_app
from mockserver.client import World
from mockserver.pytest_plugin import MockServer
from mockserver.state.scenario import load_scenario


class Page(HTMLParser):
    """A parsed page: its text and links; checks that its tags are closed in order."""

    VOID = frozenset({"meta", "link", "br"})

    def __init__(self, source: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.links: list[str] = []
        self.seen: set[str] = set()
        self._open: list[str] = []
        self.feed(source)
        self.close()
        assert self._open == []

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.links += [value or "" for name, value in attrs if name in {"href", "src"}]
        if tag not in self.VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def read(url: str, **headers: str) -> Page:
    reply = requests.get(f"{url}/", headers=headers, timeout=20)
    assert reply.status_code == 200
    assert reply.headers["Content-Type"] == "text/html; charset=utf-8"
    return Page(reply.text)


@pytest.fixture
def page(mockserver_server: MockServer) -> Page:
    return read(mockserver_server.url)


def test_every_vendor_is_listed_with_its_url_and_a_call(page: Page, mockserver_server: MockServer) -> None:
    vendors = mockserver_server.control.vendors()
    assert vendors
    for vendor in vendors:
        assert vendor["title"] in page.text
        assert vendor["url"] in page.text
        assert vendor["contract"] in page.links
        assert all(name in page.text for name in vendor["credentials"])
        assert " ".join(vendor["curl"].split()) in page.text


def test_every_world_is_listed_with_its_clock_and_calls(
    mockserver: World, mockserver_server: MockServer
) -> None:
    mockserver.clock.freeze("2026-03-04T05:06:07Z")
    for _ in range(3):
        url = f"{mockserver.url('ortto')}/v1/audiences/get"
        requests.post(url, headers=mockserver.headers("ortto"), json={"limit": 1}, timeout=20)
    page = read(mockserver_server.url)
    row = rf"{re.escape(mockserver.name)} demo 42 {mockserver.people} 2026-03-04T05:06:07Z frozen 3 0 open"
    assert re.search(row, page.text)
    assert f"{mockserver_server.url}/_mock/worlds/{mockserver.name}/journal" in page.links


@pytest.mark.mockserver(strict=False)
def test_flawed_calls_are_counted(mockserver: World, mockserver_server: MockServer) -> None:
    mockserver.clock.freeze("2026-03-04T05:06:07Z")
    requests.post(f"{mockserver.url('ortto')}/nowhere", headers=mockserver.headers("ortto"), timeout=20)
    page = read(mockserver_server.url)
    assert f"{mockserver.name} demo 42 {mockserver.people} 2026-03-04T05:06:07Z frozen 1 1 open" in page.text


def test_every_link_resolves(page: Page, mockserver_server: MockServer) -> None:
    ours = [link for link in page.links if link.startswith(mockserver_server.url)]
    assert len(ours) >= 3
    for link in ours:
        assert requests.get(link, timeout=20).status_code == 200, link


def test_the_page_loads_nothing_from_other_hosts(page: Page, mockserver_server: MockServer) -> None:
    elsewhere = [link for link in page.links if not link.startswith((mockserver_server.url, "data:,"))]
    assert elsewhere == []
    assert not {"script", "img", "iframe"} & page.seen


def test_secrets_of_other_worlds_are_not_shown(mockserver: World, page: Page) -> None:
    assert mockserver.credentials("ortto")["api_key"] not in page.text


def test_untrusted_values_are_escaped(tmp_path: Path) -> None:
    named = tmp_path / "<script>alert(1)<b>.yaml"
    named.write_text("people: 0\n")
    source = create_app(load_scenario(str(named))).test_client().get("/").text
    page = Page(source)
    assert "<script>alert(1)<b>" in page.text
    assert not {"script", "b"} & page.seen


@pytest.mark.parametrize(
    ("host", "status", "error"),
    [
        ("evil.test", 403, "host_not_allowed"),
        ('evil.test"><script>alert(1)</script>', 400, "invalid_request"),
    ],
)
def test_a_foreign_host_is_rejected(
    mockserver_server: MockServer, host: str, status: int, error: str
) -> None:
    reply = requests.get(f"{mockserver_server.url}/", headers={"Host": host}, timeout=20)
    assert (reply.status_code, reply.headers["Content-Type"]) == (status, "application/json")
    assert reply.json()["error"] == error

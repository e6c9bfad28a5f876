"""`check` finds the planted errors in a HAR recorded by Chromium's developer tools."""

import gzip
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mockserver.app import create_app
from mockserver.cli import main
from mockserver.client import Control
from mockserver.server.http_server import Server
from tests.verify.chromium import Browser, chromium, program

pytestmark = pytest.mark.skipif(program() is None, reason="Chromium is not installed")

PAGE = """<!doctype html><meta charset=utf-8><title>A client</title>
<link rel=icon href=/ortto/logo.png>
<script>
const call = (method, path, body) => fetch('/ortto' + path, {
  method, body, headers: {'Content-Type': 'application/json', 'X-Api-Key': 'PRK-mockserver'},
}).then(it => it.text());
const live = () => new Promise(done => {
  const socket = new WebSocket(`ws://${location.host}/ortto/live`); socket.onerror = socket.onclose = done;
});
const script = () => new Promise(done => {
  const wanted = document.createElement('script'); wanted.onload = wanted.onerror = done;
  wanted.src = '/ortto/app.js'; document.head.append(wanted);
});
window.work = async () => {
  await call('POST', '/v1/audiences/get', '{"limit": 2, "search_term": "Nordic – ü"}');
  await call('POST', '/v1/audiences/get', '{"limit": "two", "ofset": 0}');
  await call('POST', '/v1/audience/get', '{}');
  await call('GET', '/v1/audiences/get');
  await call('POST', '/v1/tags/get?serch=vip', '{}');
  await call('POST', '/v1/person/get', '{"fields": ["str::first"], "limit": 1}');
  await fetch(URL.createObjectURL(new Blob(['a']))).then(it => it.text());
  await script();
  await live();
};
</script>"""
PLANTED = [
    "call:body:get_audiences:POST /v1/audiences/get:/limit",
    "call:body:get_audiences:POST /v1/audiences/get:/ofset",
    "call:path:-:POST /v1/audience/get:",
    "call:method:-:GET /v1/audiences/get:",
    "call:query:get_tags:POST /v1/tags/get:/serch",
    "reply:schema:get_people:POST /v1/person/get:/contacts/*/id",
]

App = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def with_page(app: App) -> App:
    """The app with an additional page on the same origin; responses are gzipped, as on the web."""

    def both(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/page":
            start_response("200 OK", [("Content-Type", "text/html; charset=utf-8")])
            return [PAGE.encode()]
        held: list[Any] = []
        body = b"".join(app(environ, lambda status, headers: held.append((status, headers))))
        status, headers = held[0]
        if body and "gzip" in environ.get("HTTP_ACCEPT_ENCODING", ""):
            body = gzip.compress(body)
            headers = [one for one in headers if one[0].lower() != "content-length"]
            headers += [("Content-Encoding", "gzip"), ("Content-Length", str(len(body)))]
        start_response(status, headers)
        return [body]

    return both


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with chromium(tmp_path_factory.mktemp("chromium")) as running:
        yield running


@pytest.mark.parametrize("sanitize", [True, False])
def test_planted_errors_are_found(
    browser: Browser, tmp_path: Path, capsys: pytest.CaptureFixture[str], sanitize: bool
) -> None:
    server = Server(with_page(create_app(vendors=("ortto",)))).start()
    try:
        faults = Control(server.url).world().faults
        faults.add("ortto", "get_people", "drift", field="/contacts/*/id", change="removed")
        file = tmp_path / "chromium.har"
        file.write_text(browser.record(f"{server.url}/page", sanitize=sanitize))
    finally:
        server.stop()
    creator = json.loads(file.read_text())["log"]["creator"]["name"]
    assert creator == "WebInspector"
    with pytest.raises(SystemExit) as end:
        main(["check", "--format", "json", str(file), "--vendor", "ortto"])
    report = json.loads(capsys.readouterr().out)
    assert end.value.code == 1
    assert [one["key"] for one in report["findings"]] == PLANTED
    assert report["checked"] == 6
    assert report["unseen"] == []
    reasons = {one["why"] for one in report["skipped"]}
    assert {"fetched by a page as script", "a WebSocket", "not HTTP (blob:)"} <= reasons

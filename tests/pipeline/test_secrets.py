"""A secret that a caller sends is shown nowhere: not in the journal, the HAR, the log or the metrics."""

import io
import json
import logging
import zipfile
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import Client, TestResponse

from mockserver.app import create_app
from mockserver.server import access_log
from mockserver.server.prometheus import Metrics
from mockserver.state.scenario import load_scenario
from tests.examples import few_or_many

SECRET: Final = "Geheim7Xq" + "9" * 12
"""What a caller sends under the name of a secret; nothing else about it is recognizable."""
NAMES: Final = (
    "password",
    "api_key",
    "X-Api-Key",
    "apikey",
    "Authorization",
    "X-Amz-Signature",
    "consumer_secret",
    "secret_key",
    "oauth_signature",
    "access_token",
    "client_secret",
)
PATHS: Final = (
    "/fanfare/api/v1/audiences",
    "/voyado/api/v3/target-audiences",
    "/digitalaudience/account/login",
    "/spotler/integrationservice/contact",
    "/ortto/v1/person/merge",
    "/ortto/nowhere",
    "/nobody/at/all",
    "/_mock/worlds/other/settings",
)


class Sent(NamedTuple):
    """A request with a secret in it."""

    method: str
    path: str
    query: str = ""
    headers: dict[str, str] = {}  # noqa: RUF012
    body: str = ""
    content_type: str = ""


class Site(NamedTuple):
    """A server whose log is read, and the values of the credentials that it has issued."""

    client: Client
    log: io.StringIO
    metrics: Callable[[], str]
    issued: list[str]
    prefix: str
    world_secret: str


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    metrics = Metrics(None)
    app = create_app(load_scenario("empty"), observers=[access_log.CallLog(), metrics])
    client = Client(app)
    issued = [value for one in ("mine", "other") for value in _credentials(client, one)]
    secret = app.context.worlds.get("mine").get("secret", "")
    log = io.StringIO()
    handlers = [logging.StreamHandler(log), logging.StreamHandler(log)]
    handlers[0].setFormatter(access_log.Text())
    handlers[1].setFormatter(access_log.Json())
    logger = logging.getLogger("mockserver")
    level, logger.level = logger.level, logging.INFO
    for handler in handlers:
        logger.addHandler(handler)
    yield Site(client, log, lambda: metrics.page(app.context.worlds), issued, "/w/mine", secret)
    for handler in handlers:
        logger.removeHandler(handler)
    logger.level = level
    app.close()


def _credentials(client: Client, world: str) -> list[str]:
    created = client.post("/_mock/worlds", json={"name": world, "scenario": "empty"}).json
    assert created is not None
    login = created["vendors"]["digitalaudience"]["credentials"]
    reply = client.post(f"/w/{world}/digitalaudience/account/login", json=login)
    session = reply.headers["Set-Cookie"].partition("=")[2].partition(";")[0]
    return [session, *(v for one in created["vendors"].values() for v in one["credentials"].values())]


def respelt(name: str) -> st.SearchStrategy[str]:
    """The name in other cases, with other separators, and with a typing error."""

    def swap(text: str, at: int) -> str:
        at = 1 + at % (len(text) - 2)
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]

    def add(text: str, at: int) -> str:
        at = 1 + at % (len(text) - 1)
        return f"{text[:at]}x{text[at:]}"

    separated = st.sampled_from(["_", "-", ".", ""]).map(lambda one: name.replace("_", one).replace("-", one))
    cased = separated.flatmap(lambda one: st.sampled_from([one, one.upper(), one.lower(), one.title()]))
    at = st.integers(0, 40)
    return cased.flatmap(
        lambda one: at.flatmap(lambda at: st.sampled_from([one, swap(one, at), add(one, at)]))
    )


def under_a_name(method: str, path: str, name: str, secret: str, place: str) -> Sent:
    """The secret in this place, under this name."""
    pair = {name: secret}
    nested: Any = {"a": [{"b": {"c": pair}}, 1], "email": "a@example.com"}
    bodies = {
        "json": (json.dumps(pair), "application/json"),
        "nested": (json.dumps(nested), "application/json"),
        "json in json": (json.dumps({"payload": json.dumps(nested)}), "application/json"),
        "form in json": (json.dumps({"payload": urlencode(pair)}), "application/json"),
        "url in json": (
            json.dumps({"url": f"https://example.com/?a=1&{urlencode(pair)}"}),
            "application/json",
        ),
        "pair in json": (json.dumps({"fields": [{"name": name, "value": secret}]}), "application/json"),
        "form": (urlencode({"a": 1, **pair}), "application/x-www-form-urlencoded"),
        "xml": (f"<a><{name}>{secret}</{name}></a>", "application/xml"),
        "xml attribute": (f'<a {name}="{secret}"/>', "text/xml"),
        "broken json": (json.dumps(nested)[:-3], "application/json"),
        "text": (f"hello\n{name}: {secret}\n", "text/plain"),
        "csv": (f"email,{name}\na@example.com,{secret}\n", "text/csv"),
    }
    if place in bodies:
        return Sent(method, path, body=bodies[place][0], content_type=bodies[place][1])
    if place == "header":
        return Sent(method, path, headers={name: secret})
    if place == "referer":
        return Sent(method, path, headers={"Referer": f"https://example.com/?{urlencode(pair)}"})
    if place == "url in query":
        return Sent(method, path, f"next={quote('https://example.com/?' + urlencode(pair), safe='')}")
    if place == "json in query":
        return Sent(method, path, urlencode({"filter": json.dumps(nested)}))
    return Sent(method, path, f"page=1&{urlencode(pair)}")


NAMED_PLACES: Final = (
    "json",
    "nested",
    "json in json",
    "form in json",
    "url in json",
    "pair in json",
    "form",
    "xml",
    "xml attribute",
    "broken json",
    "text",
    "csv",
    "header",
    "referer",
    "url in query",
    "json in query",
    "query",
)


def anywhere(method: str, path: str, secret: str, place: str) -> Sent:
    """A value that the server issued, in this place, under a name that says nothing."""
    escaped = "".join(f"%{byte:02X}" for byte in secret.encode())
    bodies = {
        "json": (json.dumps({"name": f"my {secret}"}), "application/json"),
        "json name": (json.dumps({secret: 1}), "application/json"),
        "escaped json": (json.dumps({"name": secret}).replace("5", "\\u0035"), "application/json"),
        "text": (f"it is {secret}.", "text/plain"),
        "xml": (f"<a>{secret.replace('5', '&#53;')}</a>", "application/xml"),
        "csv": (f"email\n{secret}\n", "text/csv"),
        "form": (f"a={escaped}", "application/x-www-form-urlencoded"),
        "long": (json.dumps({"name": secret, "more": ["x" * 99] * 999}), "application/json"),
    }
    if place in bodies:
        return Sent(method, path, body=bodies[place][0], content_type=bodies[place][1])
    if place == "header":
        return Sent(method, path, headers={"X-Note": f"see {secret}"})
    if place == "user agent":
        return Sent(method, path, headers={"User-Agent": f"app/{secret}"})
    if place == "path":
        return Sent(method, f"{path}/{quote(secret)}")
    if place == "first in path":
        return Sent(method, f"/{quote(secret)}")
    if place == "query name":
        return Sent(method, path, f"{quote(secret)}=1")
    return Sent(method, path, f"limit={escaped if place == 'escaped query' else quote(secret)}")


ISSUED_PLACES: Final = (
    "json",
    "json name",
    "escaped json",
    "text",
    "xml",
    "csv",
    "form",
    "long",
    "header",
    "user agent",
    "path",
    "first in path",
    "query name",
    "escaped query",
    "query",
)


def send(site: Site, sent: Sent) -> str:
    """Sends the request; returns everything that the server then shows of it."""
    site.log.seek(0)
    site.log.truncate()
    for world in ("default", "mine"):
        site.client.delete(f"/_mock/worlds/{world}/journal")
    prefix = "" if sent.path.startswith("/_mock") else site.prefix
    site.client.open(
        prefix + sent.path,
        method=sent.method,
        query_string=sent.query,
        headers=sent.headers,
        data=sent.body.encode(),
        content_type=sent.content_type or None,
    )
    shown = [site.log.getvalue(), site.metrics()]
    for world in ("default", "mine"):
        shown.append(site.client.get(f"/_mock/worlds/{world}/journal").text)
        shown.append(site.client.get(f"/_mock/worlds/{world}/journal?format=har").text)
    return "\n".join(shown)


methods = st.sampled_from(["GET", "POST", "PUT", "PATCH"])
paths = st.sampled_from(PATHS)


@few_or_many(25, 1_000)
def test_a_secret_is_recognized_by_its_name(site: Site, examples: int) -> None:
    @settings(deadline=None, max_examples=examples, suppress_health_check=list(HealthCheck))
    @given(methods, paths, st.sampled_from(NAMES).flatmap(respelt), st.sampled_from(NAMED_PLACES))
    def is_hidden(method: str, path: str, name: str, place: str) -> None:
        assert SECRET not in send(site, under_a_name(method, path, name, SECRET, place))

    is_hidden()


@few_or_many(25, 1_000)
def test_an_issued_value_is_recognized_anywhere(site: Site, examples: int) -> None:
    @settings(deadline=None, max_examples=examples, suppress_health_check=list(HealthCheck))
    @given(methods, paths, st.integers(0, 99), st.sampled_from(ISSUED_PLACES))
    def is_hidden(method: str, path: str, number: int, place: str) -> None:
        secret = site.issued[number % len(site.issued)]
        shown = send(site, anywhere(method, path, secret, place))
        core = max(secret.replace("@", "_").split("_"), key=len)
        assert core not in shown
        assert core.replace("5", "\\u0035") not in shown

    is_hidden()


@pytest.mark.parametrize("place", NAMED_PLACES)
def test_the_places_are_journalled(site: Site, place: str) -> None:
    shown = send(site, under_a_name("POST", "/ortto/v1/person/merge", "colour", SECRET, place))
    assert SECRET in shown or place == "header"


@pytest.mark.parametrize("place", ISSUED_PLACES)
def test_the_places_of_values_are_journalled(site: Site, place: str) -> None:
    word = "Harmless5Word"
    shown = send(site, anywhere("POST", "/ortto/v1/person/merge", word, place))
    escaped = "".join(f"%{byte:02X}" for byte in word.encode())
    forms = (word, word.replace("5", "\\\\u0035"), word.replace("5", "&#53;"), escaped)
    assert any(form in shown for form in forms)


REPEATED: Final[dict[str, tuple[dict[str, Any], str]]] = {
    "name of an unknown member": ({SECRET: 1}, "unknown"),
    "name of a wrong member": ({"merge_by_alt_fields": {SECRET: 1}}, "violations"),
    "wrong value": ({"merge_strategy": SECRET}, "violations"),
    "name that is clipped": ({"merge_by_alt_fields": {"a" * 270 + SECRET: 1}}, "violations"),
    "end of a long name": ({"merge_by_alt_fields": {"a" * 9_000 + SECRET: 1}}, "violations"),
}


@pytest.mark.parametrize("place", REPEATED)
def test_what_is_said_about_a_call_repeats_no_secret_of_it(site: Site, place: str) -> None:
    """Not as a value, nor as the name, of a member whose own name says nothing."""
    more, findings = REPEATED[place]
    world: Any = site.client.get("/_mock/worlds/other").json
    body = {"password": SECRET, "people": [{"fields": {}}], **more}
    headers = world["vendors"]["ortto"]["headers"]
    site.client.post("/w/other/ortto/v1/person/merge", json=body, headers=headers)
    journal: Any = site.client.get("/_mock/worlds/other/journal").json
    exchange = journal["exchanges"][-1]
    assert exchange[findings]
    assert SECRET in exchange.pop("call")["body"]  # as it was sent, but for values with telling names
    assert SECRET[:9] not in json.dumps(exchange)


def _unpacked(reply: TestResponse) -> bytes:
    """The body, or the files of the archive that it is."""
    if reply.mimetype != "application/zip":
        return bytes(reply.data)
    with zipfile.ZipFile(io.BytesIO(reply.data)) as archive:
        return b"".join(map(archive.read, archive.namelist()))


def test_the_secret_of_a_world_never_leaves_the_server(site: Site) -> None:
    assert len(site.world_secret) == 64
    contract: Any = site.client.get("/_mock/openapi.json").json
    paths = [path.replace("{world}", "mine") for path, item in contract["paths"].items() if "get" in item]
    replies = [site.client.get(f"/_mock{path}") for path in paths if "{" not in path]
    assert sum(reply.status_code == 200 for reply in replies) > 10
    fork: Any = site.client.post("/_mock/worlds", json={"from": "mine"})
    assert not [one for one in [*replies, fork] if site.world_secret.encode() in _unpacked(one)]
    site.client.delete(f"/_mock/worlds/{fork.json['name']}")


def test_an_error_of_this_server_quotes_no_secret(
    site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    value = site.issued[-1]

    def fail(*_: object) -> None:
        raise RuntimeError(f"lost {value} of {SECRET}")

    app: Any = site.client.application
    monkeypatch.setitem(app.context.vendors["ortto"].handlers, "get_audiences", fail)
    body = {"password": SECRET, "limit": 1}
    world = site.client.get("/_mock/worlds/mine").json
    headers = world["vendors"]["ortto"]["headers"] if world else {}
    assert site.client.post("/w/mine/ortto/v1/audiences/get", json=body, headers=headers).status_code == 500
    journal = site.client.get("/_mock/worlds/mine/journal").text
    assert "RuntimeError: lost … of …" in journal
    assert "RuntimeError: lost … of …" in caplog.text
    for shown in (journal, caplog.text, site.log.getvalue()):
        assert value not in shown
        assert SECRET not in shown

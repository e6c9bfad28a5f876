"""A server that keeps replies sends and journals the same bytes as one without, whatever comes between."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha256
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import Client

from mockserver import vendors
from mockserver.app import Application, create_app
from mockserver.formats.secret_mark import mark
from mockserver.formats.timestamps import to_iso
from mockserver.pipeline.reply_reuse import ReplyReuse
from mockserver.state import credentials
from mockserver.state.credentials import CredentialField
from mockserver.state.scenario import load_scenario
from mockserver.verify.http_client import Request, Response
from tests.examples import few_or_many, part_or_whole
from tests.read_vendors import read_vendor
from tests.stories.environment import play, story_file_of
from tests.stories.in_process import NOW, URL, InProcessClient, application_environment

FORK: Final = "fork"
WORLDS: Final = ("default", FORK)
Step = tuple[str, Any]


class RecordingClient(InProcessClient):
    """Keeps the requests of the stories."""

    def __init__(self, app: Application) -> None:
        super().__init__(app)
        self.requests: list[Request] = []

    def send(self, request: Request) -> Response:
        self.requests.append(request)
        return super().send(request)


@cache
def pool() -> dict[str, list[Any]]:
    """The vendor calls of all stories, and the backstage actions, without repetitions; and of each story."""
    app = create_app(replace(load_scenario("demo"), now=NOW, people=20))
    recorded: dict[str, list[Any]] = {}
    for name in vendors.names():
        client = RecordingClient(app)
        file, environment = story_file_of(name), application_environment(app, name, client)
        for story in file.stories:
            app.context.worlds.reset("default")
            first = len(client.requests)
            play(file, story, environment)
            played = [one for one in client.requests[first:] if f"{URL}/{name}/" in one.url]
            recorded.setdefault(f"stories of {name}", []).append(played)
        unique = {(one.method, one.url, one.body): one for one in client.requests}
        recorded[name] = [one for one in unique.values() if f"{URL}/{name}/" in one.url]
        recorded["backstage"] = [
            *recorded.get("backstage", []),
            *(one for one in unique.values() if "/backstage/" in one.url),
        ]
    return recorded


@dataclass
class Side:
    """One of the two servers, with the cookie of its session in each world."""

    client: Client
    cookies: dict[str, str]

    def send(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        reply = self.client.open(path, base_url=URL, method=method, headers=dict(headers), data=body)
        return reply.status_code, list(reply.headers.items()), reply.data

    def journal(self, world: str) -> list[dict[str, Any]]:
        reply = self.client.get(f"/_mock/worlds/{world}/journal?limit=1000")
        exchanges = reply.get_json().get("exchanges", [])
        return [{name: one[name] for name in one if name != "duration_us"} for one in exchanges]


def _fixed_value(field: CredentialField) -> str:
    digits = sha256(field.name.encode()).hexdigest()
    uuid = f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:32]}"
    return field.mint.format(hex=mark(digits[:32]), uuid=mark(uuid))


class Pair:
    """A server with kept replies and one without, which get the same requests."""

    def __init__(self) -> None:
        start = replace(load_scenario("demo"), now=NOW, people=20)
        self.apps = [create_app(start, kept_replies=kept) for kept in (True, False)]
        self.sides = [Side(Client(app, use_cookies=False), {}) for app in self.apps]

    def same(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None) -> bytes:
        kept, fresh = [side.send(method, path, headers, body) for side in self.sides]
        assert kept == fresh, f"{method} {path}"
        return kept[2]

    def control(self, method: str, path: str, body: Any = None) -> None:
        sent = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        kept, fresh = [side.send(method, f"/_mock/worlds{path}", headers, sent) for side in self.sides]
        assert kept[0] == fresh[0]
        may_be_missing = method == "DELETE" or path.endswith("/restore")
        assert kept[0] < 300 or (may_be_missing and kept[0] == 404), (method, path, body, kept)

    def login(self, world: str) -> str:
        """The cookie of a new session of the vendor that needs one."""
        own = self._credentials(world)["digitalaudience"]
        name = _prefix(world) + "/digitalaudience/login"
        body = json.dumps(own).encode()
        kept, fresh = [
            side.client.post(name, base_url=URL, data=body, content_type="application/json")
            for side in self.sides
        ]
        assert kept.headers.get("Set-Cookie") == fresh.headers.get("Set-Cookie")
        return kept.headers.get("Set-Cookie", "").partition(";")[0]

    def call(self, vendor: str, number: int, world: str, repeats: int, only_reads: bool = False) -> None:
        requests = [one for one in pool()[vendor] if not only_reads or _is_read(one)]
        self.send(vendor, requests[number % len(requests)], world, repeats)

    def send(self, vendor: str, request: Request, world: str, repeats: int) -> None:
        """Sends the request as one of this world."""
        parts, own = urlsplit(request.url), self._credentials(world)[vendor]
        path = _prefix(world) + parts.path + (f"?{parts.query}" if parts.query else "")
        usual = self._credentials("default")[vendor]
        headers = {name: _swapped(text, usual, own) for name, text in request.headers.items()}
        if vendor == "digitalaudience" and "login" not in parts.path:
            headers["Cookie"] = self.login(world)
        headers |= read_vendor(vendor).hooks.sign(request.method, URL + path, own)
        for _ in range(repeats):
            self.same(request.method, path, headers, request.body)

    def step(self, kind: str, what: Any) -> None:
        if kind == "call":
            self.call(*what)
        elif kind == "story":
            vendor, number, world = what
            stories = pool()[f"stories of {vendor}"]
            for request in stories[number % len(stories)][:10]:
                self.send(vendor, request, world, 2)
        elif kind == "backstage":
            requests = pool()["backstage"]
            request = requests[what % len(requests)]
            self.same(request.method, urlsplit(request.url).path, request.headers, request.body)
        elif kind == "fork":
            self.control("DELETE", f"/{FORK}")
            self.control("POST", "", {"name": FORK, "from": "default"})
        else:
            world, method, path, body = what
            self.control(method, f"/{world}{path}", body)

    def start(self) -> None:
        """The same start for every history."""
        self.control("DELETE", f"/{FORK}")
        self.control("POST", "/default/reset")
        self.control("PUT", "/default/settings", {"switches": {"spotler": {"auth": "lenient"}}})
        self.control("POST", "", {"name": FORK, "from": "default"})

    def _credentials(self, world: str) -> Mapping[str, Mapping[str, str]]:
        found: Mapping[str, Mapping[str, str]] = self.apps[0].context.worlds.get(world)["credentials"]
        return found


def _is_read(request: Request) -> bool:
    return request.method == "GET" or "/get" in request.url


def _prefix(world: str) -> str:
    return "" if world == "default" else f"/w/{world}"


def _swapped(text: str, usual: Mapping[str, str], own: Mapping[str, str]) -> str:
    for name, value in usual.items():
        text = text.replace(value, own[name])
    return text


@pytest.fixture(scope="module")
def pair() -> Iterator[Pair]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(credentials, "_generate_value", _fixed_value)
        patch.setattr(credentials, "generate_secret", lambda _seed: mark("5" * 64))
        yield Pair()


SETTINGS: Final[tuple[dict[str, Any], ...]] = (
    {"limits": True},
    {"limits": False},
    {"strictness": "strict"},
    {"strictness": "vendor"},
    {"jobs": "immediate"},
    {"jobs": "manual"},
    {"jobs": "on_time"},
    {"rates": {"voyado": {"calls": 3}}},
    {"switches": {"spotler": {"auth": "strict"}}},
    {"switches": {"ortto": {"audiences_limit_fallback": 50}}},
    {"switches": {"digitalaudience": {"error_http_style": "always_200"}}},
)
FAULTS: Final[tuple[dict[str, Any], ...]] = (
    {"kind": "status", "vendor": "voyado", "status": 503, "times": 1},
    {"kind": "status", "vendor": "fanfare", "status": 500, "every": 2, "times": 2},
    {"kind": "latency", "vendor": "ortto", "seconds": 0.001, "times": 2},
    {
        "kind": "drift",
        "vendor": "ortto",
        "operation": "get_audiences",
        "field": "/*/name",
        "change": "removed",
    },
    {"kind": "rate_limited", "vendor": "fanfare", "retry_after": 1},
    {"kind": "garbage", "vendor": "spotler", "times": 1},
    {"kind": "duplicate", "vendor": "voyado", "times": 1},
)
CLOCKS: Final[tuple[dict[str, Any], ...]] = (
    *({"advance": seconds} for seconds in (1, 61, 3_600, 86_400, 40 * 86_400)),
    {"now": to_iso(NOW - timedelta(seconds=5))},
)
worlds = st.sampled_from(WORLDS)
calls = st.tuples(
    st.just("call"),
    st.tuples(
        st.sampled_from(vendors.names()), st.integers(0, 500), worlds, st.integers(1, 3), st.booleans()
    ),
)
stories = st.tuples(
    st.just("story"), st.tuples(st.sampled_from(vendors.names()), st.integers(0, 100), worlds)
)
clocks = st.sampled_from(CLOCKS)
controls = st.one_of(
    st.tuples(worlds, st.just("PUT"), st.just("/clock"), clocks),
    st.tuples(worlds, st.just("PUT"), st.just("/settings"), st.sampled_from(SETTINGS)),
    st.tuples(worlds, st.just("POST"), st.just("/faults"), st.sampled_from(FAULTS)),
    st.tuples(worlds, st.just("DELETE"), st.just("/faults"), st.none()),
    st.tuples(worlds, st.just("POST"), st.just("/reset"), st.none()),
    st.tuples(worlds, st.just("POST"), st.just("/jobs/run"), st.none()),
    st.tuples(worlds, st.just("POST"), st.just("/snapshots"), st.just({"name": "kept"})),
    st.tuples(worlds, st.just("POST"), st.just("/snapshots/kept/restore"), st.none()),
)
steps = st.one_of(
    calls,
    calls,
    stories,
    st.tuples(st.just("backstage"), st.integers(0, 500)),
    st.tuples(st.just("control"), controls),
    st.tuples(st.just("fork"), st.none()),
)


def _compare(pair: Pair, first: Step, rest: list[Step]) -> None:
    pair.start()
    for kind, what in [first, *rest]:
        pair.step(kind, what)
    for world in WORLDS:
        kept, fresh = [side.journal(world) for side in pair.sides]
        assert kept == fresh


@few_or_many(4, 100)
def test_every_history_gives_the_same_bytes(
    pair: Pair, monkeypatch: pytest.MonkeyPatch, examples: int
) -> None:
    found: dict[str, int] = {}
    find = ReplyReuse.find

    def counted(reuse: ReplyReuse) -> Any:
        reply = find(reuse)
        if reply is not None:
            name = reuse._vendor.name
            found[name] = found.get(name, 0) + 1
        return reply

    monkeypatch.setattr(ReplyReuse, "find", counted)

    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
    @given(first=stories, rest=st.lists(steps, min_size=5, max_size=20))
    def compared(first: Step, rest: list[Step]) -> None:
        _compare(pair, first, rest)

    compared()
    assert len(found) >= 4, found
    assert sum(found.values()) > examples, found


@part_or_whole(4)
@pytest.mark.parametrize("vendor", vendors.names())
def test_every_read_can_come_between_every_other_call(pair: Pair, vendor: str, step: int) -> None:
    """One call in `step` of the stories, the reads before it repeated after it: nothing stale is left."""
    pair.start()
    requests = pool()[vendor]
    reads = [number for number, one in enumerate(requests) if _is_read(one)][::9][:3]
    assert reads
    sent = range(0, len(requests), step)
    for number in sent:
        pair.call(vendor, number, "default", 1)
        for read in reads:
            pair.call(vendor, read, "default", 1)
    kept, fresh = [side.journal("default") for side in pair.sides]
    assert kept == fresh
    assert len(kept) > len(sent)


def test_every_change_by_the_control_api_is_accepted(pair: Pair) -> None:
    pair.start()
    for path, bodies in {"settings": SETTINGS, "faults": FAULTS, "clock": CLOCKS}.items():
        for body in bodies:
            pair.control("POST" if path == "faults" else "PUT", f"/default/{path}", body)


def test_the_pool_has_calls_of_every_vendor() -> None:
    assert {*pool()} > {*vendors.names(), "backstage"}
    assert min(map(len, pool().values())) > 1
    assert datetime(2026, 11, 2, 9, 30, tzinfo=UTC) == NOW

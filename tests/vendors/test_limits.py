"""Every documented window and ban, to the call; and what a world without limits pays for them: nothing."""

import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from mockserver.call import WireReply
from tests.read_vendors import read_vendor
from tests.vendors.limited import START, Limited

MINUTE = START.replace(second=0)
AUDIENCES = "/v1/audiences/get"


class Ortto(Limited):
    """Ortto, with a key that is good unless told otherwise."""

    def __init__(self, **settings: Any) -> None:
        super().__init__("ortto", **settings)

    def get(self, body: Any = None, *, key: str = "", path: str = AUDIENCES, **more: str) -> WireReply:
        return self.answer("POST", path, body or {}, x_api_key=key or self.credentials["api_key"], **more)


class Voyado(Limited):
    """Voyado, likewise."""

    def __init__(self, **settings: Any) -> None:
        super().__init__("voyado", **settings)

    def get(self, key: str = "", **more: str) -> WireReply:
        headers = {"apikey": key or self.credentials["apikey"], "content_type": "application/json"}
        return self.answer("GET", "/api/v3/target-audiences", **(headers | more))


class Fanfare(Limited):
    """Fanfare, likewise."""

    def __init__(self, **settings: Any) -> None:
        super().__init__("fanfare", **settings)

    def send(self, method: str = "GET", path: str = "/audiences", key: str = "secret_key") -> WireReply:
        bearer = f"Bearer {self.credentials.get(key, key)}"
        return self.answer(method, f"/api/v1{path}", authorization=bearer)


@pytest.fixture
def ortto() -> Iterator[Ortto]:
    ortto = Ortto()
    yield ortto
    ortto.worlds.store.close()


@pytest.fixture
def voyado() -> Iterator[Voyado]:
    voyado = Voyado()
    yield voyado
    voyado.worlds.store.close()


@pytest.fixture
def fanfare() -> Iterator[Fanfare]:
    fanfare = Fanfare()
    yield fanfare
    fanfare.worlds.store.close()


def refusal(wait: int) -> dict[str, Any]:
    return {"error": {"code": "rate-limit", "message": "rate limit", "try-in-seconds": wait}}


# Voyado: 200 calls a second with one key


def test_voyado_lets_200_calls_through_in_a_second_and_not_the_201st(voyado: Voyado) -> None:
    assert [voyado.get().status for _ in range(201)] == [200] * 200 + [429]
    voyado.wait(0.999)
    refused = voyado.get()
    assert refused.status == 429
    body = json.loads(refused.body)
    assert body.pop("requestId")
    assert body == {"errorCode": "TooManyRequests", "message": "Too Many Requests"}
    assert not [name for name in refused.headers if name.lower() in ("retry-after", "x-ratelimit-limit")]
    voyado.wait(0.001)
    assert [voyado.get().status for _ in range(201)] == [200] * 200 + [429]


def test_voyado_counts_each_key_by_itself(voyado: Voyado) -> None:
    voyado.set(rates={"voyado": {"calls": 3}})
    other = voyado.worlds.credentials("limited").mint("voyado")["value"]
    assert [voyado.get().status for _ in range(4)] == [200, 200, 200, 429]
    assert [voyado.get(other).status for _ in range(4)] == [200, 200, 200, 429]


def test_voyado_looks_at_the_key_then_the_limit_then_everything_else(voyado: Voyado) -> None:
    voyado.set(rates={"voyado": {"calls": 1}})
    key = voyado.credentials["apikey"]
    assert voyado.answer("GET", "/api/v3/nothing", apikey=key).status == 404
    assert voyado.get("nobody").status == 401
    assert voyado.answer("GET", "/api/v3/nothing", apikey=key).status == 429
    assert voyado.get().status == 429


# Ortto: a plan's calls a second, two windows for an address, and two bans


def test_ortto_lets_a_plan_30_calls_through_in_a_second(ortto: Ortto) -> None:
    assert [ortto.get().status for _ in range(31)] == [200] * 30 + [429]
    refused = ortto.get(address="192.0.2.2")
    assert (refused.status, json.loads(refused.body)) == (429, refusal(1))
    assert refused.body.endswith(b"\n")
    assert refused.headers["Access-Control-Allow-Origin"] == "*"
    assert "Retry-After" not in refused.headers
    ortto.wait(1)
    assert ortto.get().status == 200


def test_ortto_counts_the_calls_of_an_address_with_whatever_key(ortto: Ortto) -> None:
    ortto.set(rates={"ortto": {"address_short": 4, "address_long": 7, "bad_credentials": 99}})
    assert [ortto.get(key=key).status for key in ("", "wrong", "", "")] == [200, 401, 200, 200]
    assert [ortto.get(key=key).status for key in ("", "wrong")] == [429, 429]
    assert json.loads(ortto.get().body) == refusal(10)
    assert ortto.get(address="192.0.2.2").status == 200
    ortto.wait(10)  # the long window has counted all of them, those that were turned away included
    assert json.loads(ortto.get().body) == refusal(50)
    ortto.wait(50)
    assert ortto.get().status == 200


@pytest.mark.parametrize(
    "bad",
    [{"body": {"limit": "x"}}, {"path": "/v1/nowhere"}, {"key": "wrong"}],
    ids=["malformed", "nowhere", "wrong key"],
)
def test_ortto_bans_whoever_is_wrong_15_times_in_15_seconds(ortto: Ortto, bad: dict[str, Any]) -> None:
    for number in range(15):
        assert ortto.get(**bad).status in (400, 401, 404), number
        ortto.wait(0.5)
    assert json.loads(ortto.get().body) == refusal(15)  # half a second of it has passed
    assert ortto.get(**bad).status == 429
    assert ortto.get(address="192.0.2.2").status == 200
    ortto.wait(14.499)
    assert json.loads(ortto.get().body) == refusal(1)
    ortto.wait(0.001)
    assert ortto.get().status == 200
    assert [ortto.get(**bad).status == 429 for _ in range(16)] == [False] * 15 + [True]


def test_ortto_bans_nobody_who_is_wrong_less_often(ortto: Ortto) -> None:
    for _ in range(14):
        assert ortto.get({"limit": "x"}).status == 400
        assert ortto.get(key="wrong").status == 401
    ortto.wait(15)
    assert [ortto.get({"limit": "x"}).status for _ in range(14)] == [400] * 14
    assert ortto.get().status == 200


# Fanfare: 1000 calls a minute for all keys of an organization, 500 of them writing


def figures(reply: WireReply) -> tuple[int, int, int]:
    names = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")
    limit, left, reset = (int(reply.headers[name]) for name in names)
    return limit, left, reset - int(MINUTE.timestamp())


def test_fanfare_counts_down_to_nothing_and_turns_away(fanfare: Fanfare) -> None:
    seen = [figures(fanfare.send()) for _ in range(1000)]
    assert seen == [(1000, left, 60) for left in range(999, -1, -1)]
    refused = fanfare.send()
    assert (refused.status, figures(refused)) == (429, (1000, 0, 60))
    assert refused.headers["Retry-After"] == "40"
    assert json.loads(refused.body) == {"error": "Rate limit exceeded", "retryAfter": 40}
    assert refused.headers["X-Request-Id"].startswith("req_")
    fanfare.wait(39.999999)
    assert fanfare.send().headers["Retry-After"] == "1"
    fanfare.wait(0.000001)
    assert figures(fanfare.send()) == (1000, 999, 120)


def test_fanfare_counts_refused_calls_and_calls_to_nowhere(fanfare: Fanfare) -> None:
    replies = [fanfare.send(path="/audiences/aud_0"), fanfare.send(path="/nowhere"), fanfare.send("POST")]
    assert [reply.status for reply in replies] == [404, 404, 400]
    assert [figures(reply)[1] for reply in replies] == [999, 998, 997]


def test_fanfare_counts_an_organization_and_not_its_keys(fanfare: Fanfare) -> None:
    second = fanfare.worlds.credentials("limited").mint("fanfare")["value"]
    keys = ["secret_key", second, "other_secret_key", "secret_key", "nobody"]
    replies = [fanfare.send(key=key) for key in keys]
    assert [reply.status for reply in replies] == [200, 200, 200, 200, 401]
    assert [figures(reply)[1] for reply in replies] == [999, 998, 999, 997, 1000]


def test_fanfare_lets_half_of_the_calls_write(fanfare: Fanfare) -> None:
    fanfare.set(rates={"fanfare": {"writes": 2}})
    assert [fanfare.send("DELETE", "/audiences/aud_0").status for _ in range(3)] == [404, 404, 429]
    refused = fanfare.send("POST")
    assert figures(refused) == (2, 0, 60)
    assert refused.headers["Retry-After"] == "40"
    assert figures(fanfare.send()) == (1000, 995, 60)


def test_fanfare_without_limits_counts_and_turns_nobody_away() -> None:
    fanfare = Fanfare(limits=False, rates={"fanfare": {"calls": 2}})
    replies = [
        fanfare.send(path=path) for path in ("/audiences", "/audiences/aud_0", "/nowhere", "/audiences")
    ]
    assert [reply.status for reply in replies] == [200, 404, 404, 200]
    assert [figures(reply) for reply in replies] == [(2, 1, 60), (2, 0, 60), (2, 0, 60), (2, 0, 60)]
    fanfare.wait(40)
    assert figures(fanfare.send()) == (2, 1, 120)


# all of them


def test_a_number_that_a_world_sets_is_the_number_everywhere(fanfare: Fanfare) -> None:
    fanfare.set(rates={"fanfare": {"calls": 2}})
    assert [figures(fanfare.send())[:2] for _ in range(3)] == [(2, 1), (2, 0), (2, 0)]
    fanfare.set(rates=None)
    assert figures(fanfare.send())[:2] == (1000, 996)


def test_a_limit_lets_exactly_its_number_through_however_many_call_at_once(voyado: Voyado) -> None:
    statuses: list[int] = []
    threads = [
        threading.Thread(target=lambda: statuses.extend(voyado.get().status for _ in range(20)))
        for _ in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200] * 200 + [429] * 120


def test_what_is_turned_away_is_in_the_journal_under_its_name(voyado: Voyado) -> None:
    voyado.set(rates={"voyado": {"calls": 1}})
    voyado.get()
    voyado.get()
    problems = [one["problem"] for one in voyado.worlds.journal("limited").read()]
    assert problems == [None, "too_many_requests"]


def test_a_reset_forgets_what_was_counted_and_a_snapshot_keeps_it(voyado: Voyado) -> None:
    voyado.set(rates={"voyado": {"calls": 2}})
    voyado.get()
    voyado.worlds.snapshot("limited", "one taken")
    assert [voyado.get().status for _ in range(2)] == [200, 429]
    voyado.worlds.restore("limited", "one taken")
    assert [voyado.get().status for _ in range(2)] == [200, 429]
    voyado.worlds.reset("limited")
    assert [voyado.get().status for _ in range(3)] == [200, 200, 200]


@pytest.mark.parametrize("name", ["ortto", "voyado"])
def test_without_limits_the_store_hears_nothing_of_them(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    limited = Ortto(limits=False) if name == "ortto" else Voyado(limits=False)

    def heard(*_: Any) -> None:
        raise AssertionError("something was asked or written")

    monkeypatch.setattr("mockserver.state.rate_limits.Body", heard)
    monkeypatch.setattr("mockserver.state.rate_limits.RateLimits.save", heard)
    assert [limited.get().status for _ in range(2)] == [200, 200]
    assert limited.answer("GET", "/nowhere").status == 401
    limited.set(limits=True)
    assert limited.get().status == 500


TOLD: dict[str, dict[str, Any]] = {
    # what a planned refusal says of seven seconds, in the vendor's words
    "digitalaudience": {"success": False, "data": None},
    "fanfare": {"error": "Rate limit exceeded", "retryAfter": 7},
    "ortto": refusal(7),
    "spotler": {},
    "voyado": {"errorCode": "TooManyRequests", "message": "Too Many Requests"},
}


@pytest.mark.parametrize("vendor", TOLD)
def test_a_planned_refusal_is_that_of_the_vendors_limit(vendor: str) -> None:
    limited = Limited(vendor, limits=False)
    limited.worlds.faults("limited").add({"kind": "rate_limited", "retry_after": 7})
    first = limited.vendor.contract.operations[limited.vendor.contract.first_call or ""]
    refused = limited.answer(first.method, first.path, accept="application/json")
    assert refused.status == 429
    body = json.loads(refused.body)
    assert {name: body[name] for name in TOLD[vendor]} == TOLD[vendor]
    assert refused.headers.get("Retry-After") == (None if vendor == "ortto" else "7")
    promised = first.replies["429"].headers if "429" in first.replies else {}
    assert {name.lower() for name in refused.headers} >= set(promised)
    assert limited.answer(first.method, first.path).status != 429


def test_a_planned_refusal_without_a_time_takes_a_whole_window() -> None:
    for vendor, wait in (("fanfare", "60"), ("voyado", None)):
        limited = Limited(vendor, limits=False)
        limited.worlds.faults("limited").add({"kind": "rate_limited"})
        first = limited.vendor.contract.operations[limited.vendor.contract.first_call or ""]
        assert limited.answer(first.method, first.path).headers.get("Retry-After") == wait


@pytest.mark.parametrize("vendor", ["digitalaudience", "spotler"])
def test_vendors_that_document_no_limit_have_none(vendor: str) -> None:
    assert read_vendor(vendor).contract.limits == {}

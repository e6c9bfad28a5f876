"""What the server keeps of a call is bounded, however long the texts are that the caller chose."""

import gc
import json
import tracemalloc
from typing import Any

import pytest

from mockserver import vendors
from mockserver.call import Call
from mockserver.contract.validation import validate_call
from mockserver.pipeline.authentication import extract_credentials
from tests.hostile.caller import Caller

LONG = "x" * 2_000_000
MAX_ENTRY: int = 400_000


def logins(caller: Caller, number: int, length: int) -> None:
    for one in range(number):
        body = json.dumps({"userName": f"{one}{'n' * length}", "password": "p"}).encode()
        headers = {"Content-Type": "application/json"}
        answer = caller.send("digitalaudience", "POST", "/account/login", body=body, headers=headers)
        assert answer.status in (400, 401, 403)


def test_long_names_of_logins_are_not_kept(caller: Caller) -> None:
    logins(caller, 3, 10)
    tracemalloc.start()
    try:
        logins(caller, 3, 400_000)
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        logins(caller, 6, 400_000)
        gc.collect()
        after = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    # What a login leaves: an entry of the cache, and one of the journal, which keeps 64 kB of the body.
    assert after - before < 1_000_000


@pytest.mark.parametrize("vendor", vendors.names())
def test_the_credentials_of_a_call_are_few_and_short(vendor: str) -> None:
    headers = {
        "authorization": f"Bearer {LONG}",
        "cookie": "digitalAudience=" + "y; digitalAudience=".join("ab" * 500),
    }
    headers |= {"apikey": LONG, "x-api-key": LONG}
    one = vendors.find(vendor)
    for authorization in (f"Bearer {LONG}", f'OAuth oauth_consumer_key="{LONG}"'):
        found = extract_credentials(
            one, Call("GET", "/x", headers={**headers, "authorization": authorization})
        )
        assert len(found) <= 16
        assert all(len(value) <= 301 for _name, value in found)


def test_an_entry_of_the_journal_is_small(caller: Caller) -> None:
    path = "/api/v1/audiences/" + "é" * 40_000
    headers = {f"X-Header-{number}": "v" * 20_000 for number in range(300)}
    names = json.dumps({f"{number}{'n' * 20_000}": 1 for number in range(40)}).encode()
    caller.send("fanfare", "GET", path, "q=" + "v" * 50_000, headers=headers)
    caller.send("fanfare", "POST", "/api/v1/audiences", body=names)
    caller.open("/nobody/" + "p" * 50_000, "GET", "q=1", b"", headers)
    exchanges = caller.control("GET", "/worlds/default/journal?limit=1000")["exchanges"][-3:]
    assert len(exchanges) == 3
    assert max(len(json.dumps(one)) for one in exchanges) < MAX_ENTRY * 2
    assert all(len(one["pointer"]) < 400 for it in exchanges for one in (*it["unknown"], *it["violations"]))


@pytest.mark.parametrize("people", [{"fields": {}}, {"fields": 1}], ids=["valid", "invalid"])
def test_a_parsed_body_is_not_kept(caller: Caller, people: dict[str, Any]) -> None:
    """Its small values take many times the bytes of its text."""
    body = json.dumps({"merge_by": ["str::email"], "people": [people], "x": [{}] * 10_000}).encode()

    def call(number: int) -> None:
        for _ in range(number):
            assert caller.send("ortto", "POST", "/v1/person/merge", body=body).status in (200, 400)

    call(1)
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        call(3)
        gc.collect()
        after = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    # Its text, and for a large exchange that of its capsule.
    assert after - before < 3 * 3 * len(body)


def test_few_unknown_parameters_are_reported() -> None:
    operation = vendors.find("fanfare").contract.operations["list_audiences"]
    query = "&".join(f"naem{number}=1" for number in range(1_000))
    result = validate_call(operation, Call("GET", "/api/v1/audiences", query=query))
    assert len(result.unknown_properties) == 20

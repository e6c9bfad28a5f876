"""`mockserver watch`: what is new in repeated readings, and when operations were seen."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from mockserver.cli import main
from mockserver.verify.finding import Finding
from mockserver.verify.http_client import Request, Response
from mockserver.verify.result import Case, HttpExchange, VerificationResult
from mockserver.verify.watching import Watch
from tests.read_vendors import read_vendor
from tests.verify.broken import MutableResponse, broken


def run(*words: str) -> int:
    with pytest.raises(SystemExit) as end:
        main([*words])
    return int(end.value.code or 0)


def drifting(response: MutableResponse) -> None:
    """A counter from the start; from the third reading on another name, from the fourth on a new member."""
    page = response.body if response.operation == "get_audiences" else None
    if not page or page[0]["name"] != "Slipping subscribers":
        return
    response.seen["readings"] = number = response.seen.get("readings", 0) + 1
    page[0]["members"] = number
    if number >= 3:
        page[1]["public_name"] = "Renamed"
        page[1]["ready"] = False
    if number >= 4:
        page[1]["colour"] = "red"


def test_a_watch_says_what_changes_and_keeps_when_it_was_seen(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seen = tmp_path / "seen.json"
    with broken("ortto", drifting) as url:
        live = (f"--url={url}/ortto", "--credential=api_key=PRK-mockserver", "--rate=1000", f"--seen={seen}")
        words = ("watch", "ortto", *live, "--every=1ms", "--story=page_through_the_audiences")
        assert run(*words, "--times=3") == 1
        out = capsys.readouterr().out
    lines = [line.split(" ", 1)[1] for line in out.splitlines()]
    step = "(page_through_the_audiences/first_page)"
    assert lines == [
        "ortto: reading 1, nothing new",
        "ortto: reading 2, nothing new, 1 value is volatile",
        f"changed: get_audiences /1/public_name: a value → another value {step}",
        f"changed: get_audiences /1/ready: True → False {step}",
        "ortto: reading 3, 2 new",
        "drift: Audience /colour is new",
        f"changed: get_audiences /1/colour: nothing → a value {step}",
        "ortto: reading 4, 2 new",
        "ortto: reading 5, nothing new",
    ]
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    assert json.loads(seen.read_text()) == {"ortto": {"get_audiences": {"on": today, "at": f"{url}/ortto"}}}


def test_a_watch_repeats_no_data() -> None:
    """What a contract enumerates is shown, and how long a list is; other texts may name a person."""
    watch = Watch(read_vendor("fanfare").contract)
    audience = {"name": "News", "type": "DYNAMIC", "version": 1}
    changed = {"name": "Anna Svensson", "type": "STATIC", "version": 2}
    news = [watch.add(_reading(body)) for body in ([audience], [audience], [changed, changed])][-1]
    assert [one for one in news if one.startswith("changed: ")] == [
        "changed: list_audiences: 1 item → 2 items (story/step)",
    ]
    watch.add(_reading([audience]))
    news = [one for one in watch.add(_reading([changed])) if one.startswith("changed: ")]
    assert news == [
        "changed: list_audiences /0/name: a value → another value (story/step)",
        "changed: list_audiences /0/type: 'DYNAMIC' → 'STATIC' (story/step)",
        "changed: list_audiences /0/version: 1 → 2 (story/step)",
    ]


def test_what_could_not_be_read_is_not_gone() -> None:
    watch = Watch(read_vendor("fanfare").contract)
    drift = "drift: Audience /colour is new"
    found = "found: stories:schema:list_audiences:story/step:/0"
    strange = _reading([{"colour": "red"}])
    finding = Finding("stories", "schema", "list_audiences", "story/step", "x", "/0")
    strange.cases.append(Case("stories", "other", (finding,)))
    deviations = watch.add(strange)
    assert {drift, found} < set(deviations)
    hindered = VerificationResult("fanfare", "https://api.example")
    hindered.cases.append(Case("stories", "story", obstacle="no reply"))
    for _ in range(2):
        assert watch.add(hindered) == []
        assert watch.deviations == len(deviations)
    assert watch.add(strange) == []
    assert {f"gone: {text}" for text in (drift, found)} < set(watch.add(_reading([])))


def _reading(body: Any) -> VerificationResult:
    request = Request("GET", "https://api.example/api/v1/audiences")
    response = Response(200, {"content-type": "application/json"}, orjson.dumps(body))
    result = VerificationResult("fanfare", "https://api.example")
    exchange = HttpExchange("list_audiences", request, response, "story/step")
    result.cases.append(Case("stories", "story", exchanges=(exchange,)))
    return result


def test_what_cannot_be_watched_ends_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = tmp_path / "other.json"
    other.write_text("[]")
    live = ("watch", "ortto", "--url=http://127.0.0.1:9", "--credential=api_key=x", "--times=1")
    assert run(*live, f"--seen={other}") == 2
    assert "is not a file of sightings" in capsys.readouterr().err
    assert run(*live) == 2
    assert "ortto was not read" in capsys.readouterr().err

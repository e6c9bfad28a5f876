"""`mockserver watch`: what is new in repeated readings, and when operations were seen."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mockserver.cli import main
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
        page[1]["type"] = "volatile"
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
        "ortto: reading 2, nothing new, 1 values are volatile",
        f"changed: get_audiences /1/public_name: a value → another value {step}",
        f"changed: get_audiences /1/type: XXX",
        "ortto: reading 3, 2 new",
        "drift: Audience /colour is new",
        f"changed: get_audiences /1/colour: nothing → a value {step}",
        "ortto: reading 4, 2 new",
        "ortto: reading 5, nothing new",
    ]
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    assert json.loads(seen.read_text()) == {"ortto": {"get_audiences": {"on": today, "at": f"{url}/ortto"}}}


def test_what_cannot_be_watched_ends_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = tmp_path / "other.json"
    other.write_text("[]")
    live = ("watch", "ortto", "--url=http://127.0.0.1:9", "--credential=api_key=x", "--times=1")
    assert run(*live, f"--seen={other}") == 2
    assert "is not a file of sightings" in capsys.readouterr().err
    assert run(*live) == 2
    assert "ortto was not read" in capsys.readouterr().err

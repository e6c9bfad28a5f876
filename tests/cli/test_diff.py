"""`mockserver diff` as a user types it: two fakes, one of which drifts."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mockserver.cli import main
from mockserver.client import Control
from tests.live_server import served

Typed = tuple[int, str, str]
Type = Callable[..., Typed]
KEY = ("--credential", "api_key=PRK-mockserver", "--rate", "1000")


@pytest.fixture
def two() -> Iterator[tuple[str, str]]:
    with served() as one, served() as other:
        yield one, other


@pytest.fixture
def typed(capsys: pytest.CaptureFixture[str]) -> Type:
    def run(*words: str) -> Typed:
        with pytest.raises(SystemExit) as end:
            main(["diff", *words])
        captured = capsys.readouterr()
        return int(end.value.code or 0), captured.out, captured.err

    return run


def at(two: tuple[str, str], vendor: str = "ortto") -> tuple[str, ...]:
    return ("--url", f"{two[0]}/{vendor}", "--url", f"{two[1]}/{vendor}")


def test_identical_servers(typed: Type, two: tuple[str, str]) -> None:
    code, out, err = typed("ortto", *at(two), *KEY, "--writes")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[:2] == [f"a: {two[0]}/ortto", f"b: {two[1]}/ortto"]
    assert lines[-1].startswith("ortto: nothing differs (")
    assert "skipped: it moves the world's clock or calls backstage actions" in out


@pytest.mark.parametrize(
    ("change", "field", "line"),
    [
        ("removed", "/*/id", "get_audiences /*/id: shape: missing in b"),
        ("renamed", "/*/id", "get_audiences /*/key: shape: missing in a"),
        ("nulled", "/*/name", "get_audiences /*/name: shape: string / null"),
        ("retyped", "/*/members", "get_audiences /*/members: shape: number / string"),
    ],
)
def test_drift_of_one_server_is_reported(
    typed: Type, two: tuple[str, str], change: Any, field: str, line: str
) -> None:
    to: Any = {"to": "key"} if change == "renamed" else {}
    faults = Control(two[1]).world().faults
    faults.add("ortto", "get_audiences", "drift", field=field, change=change, times=None, **to)
    code, out, _err = typed("ortto", *at(two), *KEY, "--story", "page_through_the_audiences")
    assert code == 1
    told = out.splitlines()
    assert any(one.startswith("page_through_the_audiences/") and one.endswith(line) for one in told), out
    assert "page_through_the_audiences  " in out


def test_different_status_stops_the_story(typed: Type, two: tuple[str, str]) -> None:
    Control(two[1]).world().faults.add("ortto", "get_audiences", "status", status=503, times=None)
    code, out, _err = typed("ortto", *at(two), *KEY, "--story", "page_through_the_audiences")
    assert code == 1
    assert ": get_audiences: status: 200 / 503" in out
    assert out.count(": get_audiences: ") == 1  # not that a criterion failed, too


def test_unreachable_server_is_no_difference(typed: Type, two: tuple[str, str]) -> None:
    unreachable = ("--url", f"{two[0]}/ortto", "--url", "http://127.0.0.1:9/ortto")
    code, out, err = typed("ortto", *unreachable, *KEY, "--story", "page_through_the_audiences")
    assert code == 2
    assert err.startswith("mockserver: ortto was not compared (0 of 1 cases carried out): ")
    assert "b: POST http://127.0.0.1:9/ortto/v1/audiences/get got no reply (connection refused" in err
    assert len(err.splitlines()) == 1
    assert "differ" not in out


def test_one_url_is_compared_with_a_built_in_fake(typed: Type, two: tuple[str, str]) -> None:
    live = ("--url", f"{two[1]}/ortto", *KEY)
    code, out, _err = typed("ortto", *live)
    assert code == 0, out
    assert out.splitlines()[0] == "a: built-in fake"
    assert "skipped: it writes (" in out
    methods = {exchange["operation"] for exchange in Control(two[1]).world().journal(vendor="ortto")}
    assert not {"merge_people", "delete_people"} & methods


def test_credentials_per_server(typed: Type, two: tuple[str, str], tmp_path: Path) -> None:
    words = ("ortto", *at(two), "--story", "page_through_the_audiences", "--rate", "1000")
    file = tmp_path / "keys.yaml"
    file.write_text("api_key: PRK-mockserver\n")
    assert typed(*words, "--credentials", str(file))[0] == 0
    code, out, err = typed(*words, "--credentials", str(file), "--credential", "b.api_key=PRK-wrong")
    assert code == 2
    assert f"b: POST {two[1]}/ortto/v1/audiences/get was rejected" in err
    assert "status: 200 / 401" not in out
    assert typed(*words, "--credential", "a.api_key=PRK-mockserver")[0] == 2


def test_reports_contain_no_credentials(typed: Type, two: tuple[str, str], tmp_path: Path) -> None:
    Control(two[1]).world().faults.add("ortto", "get_audiences", "drift", field="/*/id", change="removed")
    files = {form: tmp_path / f"report.{form}" for form in ("junit", "json", "html", "har")}
    words = [word for form, path in files.items() for word in ("--report", f"{form}={path}")]
    assert typed("ortto", *at(two), *KEY, *words)[0] == 1
    for path in files.values():
        assert "PRK-mockserver" not in path.read_text()
    assert json.loads(files["json"].read_text())["findings"][0]["message"] == "missing in b"
    assert files["junit"].read_text().count("<failure ") == 1
    assert len(json.loads(files["har"].read_text())["log"]["entries"]) > 2


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("nope", "--url", "http://x"), "unknown vendor 'nope' (available: "),
        (("ortto",), "Missing option '--url'"),
        (
            ("ortto", "--url", "http://x", "--url", "http://y", "--url", "http://z"),
            "too many servers; give --url once or twice",
        ),
        (
            ("ortto", "--url", "x.example", *KEY),
            "invalid base URL 'x.example'; write it like https://api.example.com",
        ),
        (("ortto", "--url", "http://x"), "no credentials given; pass --credential api_key=…"),
        (("ortto", "--url", "http://x", "--credential", "b.key=1"), "unknown credential 'key' of ortto"),
        (("ortto", "--url", "http://x", *KEY, "--report", "pdf=x"), "unknown report format 'pdf'"),
        (
            ("ortto", "--url", "http://x", *KEY, "--story", "permission_moves_people"),
            "ortto was not compared (phase diff: all 1 skipped): permission_moves_people: it writes (",
        ),
        (("ortto", "--url", "http://x", *KEY, "--story", "nope"), "story nope: not a story of ortto"),
    ],
)
def test_errors_are_one_line(typed: Type, words: tuple[str, ...], message: str) -> None:
    code, _out, err = typed(*words)
    assert code == 2
    assert message in err
    assert len(err.splitlines()) == 1


def test_json_format(typed: Type, two: tuple[str, str]) -> None:
    Control(two[1]).world().faults.add("ortto", "get_audiences", "drift", field="/*/id", change="removed")
    code, out, err = typed("ortto", *at(two), *KEY, "--format", "json")
    assert (code, err) == (1, "")
    assert [one["message"] for one in json.loads(out)["findings"]] == ["missing in b"]

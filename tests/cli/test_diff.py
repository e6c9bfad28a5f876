"""`mockserver diff` as it is typed: two fakes, one of which drifts."""

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
        said = capsys.readouterr()
        return int(end.value.code or 0), said.out, said.err

    return run


def at(two: tuple[str, str], vendor: str = "ortto") -> tuple[str, ...]:
    return ("--url", f"{two[0]}/{vendor}", "--url", f"{two[1]}/{vendor}")


def test_two_of_a_kind(typed: Type, two: tuple[str, str]) -> None:
    code, out, err = typed("ortto", *at(two), *KEY, "--writes")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[:2] == [f"a: {two[0]}/ortto", f"b: {two[1]}/ortto"]
    assert lines[-1].startswith("ortto: nothing differs (")
    assert "not compared: it turns the world's clock or goes backstage" in out


@pytest.mark.parametrize(
    ("change", "field", "line"),
    [
        ("removed", "/*/id", "get_audiences /*/id: shape: there / missing"),
        ("renamed", "/*/id", "get_audiences /*/key: shape: missing / there"),
        ("nulled", "/*/name", "get_audiences /*/name: shape: text / null"),
        ("retyped", "/*/members", "get_audiences /*/members: shape: number / text"),
    ],
)
def test_one_that_drifts(typed: Type, two: tuple[str, str], change: Any, field: str, line: str) -> None:
    to: Any = {"to": "key"} if change == "renamed" else {}
    faults = Control(two[1]).world().faults
    faults.add("ortto", "get_audiences", "drift", field=field, change=change, times=None, **to)
    code, out, _err = typed("ortto", *at(two), *KEY, "--story", "page_through_the_audiences")
    assert code == 1
    told = out.splitlines()
    assert any(one.startswith("page_through_the_audiences/") and one.endswith(line) for one in told), out
    assert "page_through_the_audiences  " in out


def test_another_status_ends_a_story(typed: Type, two: tuple[str, str]) -> None:
    Control(two[1]).world().faults.add("ortto", "get_audiences", "status", status=503, times=None)
    code, out, _err = typed("ortto", *at(two), *KEY, "--story", "page_through_the_audiences")
    assert code == 1
    assert ": get_audiences: status: 200 / 503" in out
    assert ": get_audiences: criterion: as the story demands / " in out


def test_one_that_is_gone(typed: Type, two: tuple[str, str]) -> None:
    gone = ("--url", f"{two[0]}/ortto", "--url", "http://127.0.0.1:9/ortto")
    code, out, _err = typed("ortto", *gone, *KEY, "--story", "page_through_the_audiences")
    assert code == 1
    assert (
        "criterion: as the story demands / POST http://127.0.0.1:9/ortto/v1/audiences/get got no reply" in out
    )


def test_a_fake_of_our_own_is_the_other(typed: Type, two: tuple[str, str]) -> None:
    live = ("--url", f"{two[1]}/ortto", *KEY)
    code, out, _err = typed("ortto", *live)
    assert code == 0, out
    assert out.splitlines()[0] == "a: a fake of our own"
    assert "not compared: it writes (" in out
    methods = {exchange["operation"] for exchange in Control(two[1]).world().journal(vendor="ortto")}
    assert not {"merge_people", "delete_people"} & methods


def test_each_has_credentials_of_its_own(typed: Type, two: tuple[str, str], tmp_path: Path) -> None:
    words = ("ortto", *at(two), "--story", "page_through_the_audiences", "--rate", "1000")
    file = tmp_path / "keys.yaml"
    file.write_text("api_key: PRK-mockserver\n")
    assert typed(*words, "--credentials", str(file))[0] == 0
    code, out, _err = typed(*words, "--credentials", str(file), "--credential", "b.api_key=PRK-wrong")
    assert code == 1
    assert "status: 200 / 401" in out
    assert typed(*words, "--credential", "a.api_key=PRK-mockserver")[0] == 2


def test_reports_tell_no_credential(typed: Type, two: tuple[str, str], tmp_path: Path) -> None:
    Control(two[1]).world().faults.add("ortto", "get_audiences", "drift", field="/*/id", change="removed")
    forms = {form: tmp_path / f"report.{form}" for form in ("junit", "json", "html", "har")}
    words = [word for form, path in forms.items() for word in ("--report", f"{form}={path}")]
    assert typed("ortto", *at(two), *KEY, *words)[0] == 1
    for path in forms.values():
        assert "PRK-mockserver" not in path.read_text()
    assert json.loads(forms["json"].read_text())["findings"][0]["message"] == "there / missing"
    assert forms["junit"].read_text().count("<failure ") == 1
    assert len(json.loads(forms["har"].read_text())["log"]["entries"]) > 2


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("nobody", "--url", "http://x"), "vendor nobody: is unknown"),
        (("ortto",), "Missing option '--url'"),
        (
            ("ortto", "--url", "http://x", "--url", "http://y", "--url", "http://z"),
            "two servers are compared",
        ),
        (("ortto", "--url", "x.example", *KEY), "is no base URL; write it as https://api.example.com"),
        (("ortto", "--url", "http://x"), "nothing lets calls in; give --credential api_key=…"),
        (("ortto", "--url", "http://x", "--credential", "b.key=1"), "ortto has no credential key"),
        (("ortto", "--url", "http://x", *KEY, "--report", "pdf=x"), "no report is of the form pdf"),
        (("ortto", "--url", "http://x", *KEY, "--story", "permission_moves_people"), "no story was played"),
        (("ortto", "--url", "http://x", *KEY, "--story", "nope"), "story nope: ortto has none of this name"),
    ],
)
def test_what_cannot_be_carried_out(typed: Type, words: tuple[str, ...], message: str) -> None:
    code, _out, err = typed(*words)
    assert code == 2
    assert message in err
    assert len(err.splitlines()) == 1

"""`mockserver check` as it is typed."""

import json
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from mockserver import vendors
from mockserver.cli import main
from mockserver.client import Control
from tests.live_server import served
from tests.processes import on_terminal, one_line, run

RECORDED = Path(__file__).parents[1] / "verify" / "recorded" / "mitmproxy.har"
PLANTED = [
    ("call:body:get_audiences:POST /v1/audiences/get:/limit", [2]),
    ("call:body:get_audiences:POST /v1/audiences/get:/ofset", [2]),
    ("call:path:-:POST /v1/audience/get:", [3]),
    ("call:method:-:GET /v1/audiences/get:", [4]),
    ("reply:schema:get_audiences:POST /v1/audiences/get:/*/id", [5]),
    ("reply:schema:get_audiences:POST /v1/audiences/get:/*/members", [5]),
    ("call:query:get_tags:POST /v1/tags/get:/serch", [6]),
    ("reply:status:get_tags:POST /v1/tags/get:", [7]),
    ("reply:problem:get_tags:POST /v1/tags/get:", [8]),
]


def checked(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, Any]:
    with pytest.raises(SystemExit) as end:
        main(["check", *words])
    said = capsys.readouterr()
    assert said.err == ""
    return int(end.value.code or 0), json.loads(said.out)


def test_the_planted_errors_of_a_recording_in_the_form_of_mitmproxy(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, told = checked(capsys, str(RECORDED), "--vendor", "ortto")
    assert code == 1
    assert [(one["key"], one["entries"]) for one in told["findings"]] == PLANTED
    assert (told["entries"], told["checked"], told["others"]) == (13, 11, 1)
    assert told["skipped"] == [{"entry": 10, "why": "a WebSocket"}]
    assert told["unseen"] == [
        {"entry": 12, "why": "no reply was recorded"},
        {"entry": 13, "why": "the reply's body was not recorded"},
    ]


@pytest.mark.parametrize("vendor", vendors.names())
def test_no_reply_of_our_own_is_at_fault(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, vendor: str
) -> None:
    """What `verify` records of all the stories, wrong calls among them."""
    file = tmp_path / "stories.har"
    with pytest.raises(SystemExit):
        main(["verify", vendor, "--phase", "stories", "--report", f"har={file}"])
    capsys.readouterr()
    _code, told = checked(capsys, str(file), "--vendor", vendor)
    assert told["checked"] == told["entries"] > 10
    assert [one for one in told["findings"] if one["phase"] == "reply"] == []


def test_an_archive_of_the_journal(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "journal.har"
    with served() as url:
        body, key = json.dumps({"limt": 1}).encode(), {"X-Api-Key": "PRK-mockserver"}
        call = Request(f"{url}/ortto/v1/audiences/get", body, key | {"Content-Type": "application/json"})  # noqa: S310
        urlopen(call, timeout=20).close()  # noqa: S310
        file.write_text(json.dumps(Control(url).world().journal.archive()))
    code, told = checked(capsys, str(file), "--vendor", "ortto")
    assert (code, [one["pointer"] for one in told["findings"]]) == (1, ["/limt"])
    code, told = checked(capsys, str(written(tmp_path, "/v1/tags/get")), "--vendor", "ortto")
    assert (code, told["findings"]) == (0, [])


def written(folder: Path, path: str, host: str = "https://api.ap3api.com") -> Path:
    """An archive of one good call."""
    request = {"method": "POST", "url": host + path, "headers": [], "postData": {"text": "{}"}}
    headers = [{"name": "Content-Type", "value": "application/json"}]
    response = {"status": 200, "headers": headers, "content": {"size": 2, "text": "[]"}}
    file = folder / "one.har"
    file.write_text(json.dumps({"log": {"entries": [{"request": request, "response": response}]}}))
    return file


def test_reports_tell_no_credential(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    forms = {form: tmp_path / f"report.{form}" for form in ("junit", "json", "html", "har")}
    words = [word for form, path in forms.items() for word in ("--report", f"{form}={path}")]
    assert checked(capsys, str(RECORDED), "--vendor", "ortto", *words)[0] == 1
    for path in forms.values():
        assert "PRK-not-a-real-key" not in path.read_text()
    assert forms["junit"].read_text().count("<failure ") == len(PLANTED)
    assert len(json.loads(forms["json"].read_text())["findings"]) == len(PLANTED)


def test_another_address(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = written(tmp_path, "/to/ortto/v1/tags/get", "https://gateway.example")
    done = run("check", str(file), "--vendor", "ortto")
    assert "has no call to ortto (it calls gateway.example); name with --base URL" in one_line(done)
    base = "https://gateway.example/to/ortto"
    assert checked(capsys, str(file), "--vendor", "ortto", "--base", base)[1]["checked"] == 1


def test_on_a_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "250")
    monkeypatch.setenv("TERM", "dumb")
    shown = on_terminal("check", str(written(tmp_path, "/v1/tags/get")), "--vendor", "ortto")
    assert shown == "ortto: nothing found (1 checked, 0 not its own, 0 skipped)\n"
    shown = on_terminal("check", str(RECORDED), "--vendor", "ortto", code=1)
    heads, first, *_others = shown.splitlines()
    assert heads.split() == ["entries", "side", "check", "where", "what"]
    assert (
        " ".join(first.split())
        == "2 call body POST /v1/audiences/get /limit 'two' is not of type 'integer', 'null'"
    )
    assert "ortto: 9 found (11 checked, 1 not its own, 1 skipped; no reply was recorded 1 times; " in shown


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("/nowhere/a.har", "--vendor", "ortto"), "/nowhere/a.har cannot be read"),
        ((str(RECORDED), "--vendor", "nobody"), "vendor nobody: is unknown"),
        ((str(RECORDED), "--vendor", "voyado"), "has no call to voyado (it calls api.eu.ap3api.com, "),
        ((str(RECORDED), "--vendor", "ortto", "--base", "a.b"), "'a.b' is no base URL"),
        ((str(RECORDED), "--vendor", "ortto", "--report", "pdf=x"), "no report is of the form pdf"),
        (
            (str(RECORDED), "--vendor", "ortto", "--report", "json=/no/x"),
            "the report /no/x cannot be written",
        ),
        ((str(RECORDED),), "Missing option '--vendor'"),
    ],
)
def test_what_cannot_be_carried_out(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], message: str
) -> None:
    with pytest.raises(SystemExit) as end:
        main(["check", *words])
    said = capsys.readouterr()
    assert end.value.code == 2
    assert message in said.err
    assert said.err.count("\n") == 1

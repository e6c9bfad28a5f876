"""`mockserver check` as a user types it."""

import json
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from mockserver import vendors
from mockserver.cli import main
from mockserver.client import Control
from mockserver.verify.story_file import load_stories
from tests.cli.file_commands import RECORDED
from tests.examples import part_or_whole
from tests.live_server import served
from tests.processes import on_terminal, one_line, run

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
        main(["check", "--format", "json", *words])
    captured = capsys.readouterr()
    assert captured.err == ""
    return int(end.value.code or 0), json.loads(captured.out)


def test_planted_errors_in_a_mitmproxy_recording_are_found(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, report = checked(capsys, str(RECORDED), "--vendor", "ortto")
    assert code == 1
    assert [(one["key"], one["entries"]) for one in report["findings"]] == PLANTED
    assert (report["entries"], report["checked"], report["others"]) == (13, 11, 1)
    assert report["skipped"] == [{"entry": 10, "why": "a WebSocket"}]
    assert report["unseen"] == [
        {"entry": 12, "why": "no response was recorded"},
        {"entry": 13, "why": "the response body was not recorded"},
    ]


@part_or_whole(2)
@pytest.mark.parametrize("vendor", vendors.names())
def test_no_response_of_a_fake_violates_its_contract(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, vendor: str, step: int
) -> None:
    """A recording of stories by `verify`, invalid calls included; in the gate of each second story."""
    file = tmp_path / "stories.har"
    played = [f"--story={one.id}" for one in load_stories(vendor).stories[::step]]
    with pytest.raises(SystemExit):
        main(["verify", vendor, "--phase", "stories", *played, "--report", f"har={file}"])
    capsys.readouterr()
    _code, report = checked(capsys, str(file), "--vendor", vendor)
    assert report["checked"] == report["entries"] > 10
    assert [one for one in report["findings"] if one["phase"] == "reply"] == []


def test_archive_of_the_journal(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "journal.har"
    with served() as url:
        body, key = json.dumps({"limt": 1}).encode(), {"X-Api-Key": "PRK-mockserver"}
        call = Request(f"{url}/ortto/v1/audiences/get", body, key | {"Content-Type": "application/json"})  # noqa: S310
        urlopen(call, timeout=20).close()  # noqa: S310
        file.write_text(json.dumps(Control(url).world().journal.archive()))
    code, report = checked(capsys, str(file), "--vendor", "ortto")
    assert (code, [one["pointer"] for one in report["findings"]]) == (1, ["/limt"])
    code, report = checked(capsys, str(written(tmp_path, "/v1/tags/get")), "--vendor", "ortto")
    assert (code, report["findings"]) == (0, [])


def written(folder: Path, path: str, host: str = "https://api.ap3api.com") -> Path:
    """An archive of one valid call."""
    request = {"method": "POST", "url": host + path, "headers": [], "postData": {"text": "{}"}}
    headers = [{"name": "Content-Type", "value": "application/json"}]
    response = {"status": 200, "headers": headers, "content": {"size": 2, "text": "[]"}}
    file = folder / "one.har"
    file.write_text(json.dumps({"log": {"entries": [{"request": request, "response": response}]}}))
    return file


def test_reports_contain_no_credentials(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    files = {form: tmp_path / f"report.{form}" for form in ("junit", "json", "html", "har")}
    words = [word for form, path in files.items() for word in ("--report", f"{form}={path}")]
    assert checked(capsys, str(RECORDED), "--vendor", "ortto", *words)[0] == 1
    for path in files.values():
        assert "PRK-not-a-real-key" not in path.read_text()
    assert files["junit"].read_text().count("<failure ") == len(PLANTED)
    assert len(json.loads(files["json"].read_text())["findings"]) == len(PLANTED)
    for form in ("html", "junit", "json"):
        assert "entry 10" in files[form].read_text(), "an entry that was skipped is named"


def test_base_option(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = written(tmp_path, "/to/ortto/v1/tags/get", "https://gateway.example")
    done = run("check", str(file), "--vendor", "ortto")
    assert "has no call to ortto (hosts in it: gateway.example); pass --base URL" in one_line(done)
    base = "https://gateway.example/to/ortto"
    assert checked(capsys, str(file), "--vendor", "ortto", "--base", base)[1]["checked"] == 1


def test_output_on_a_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "250")
    monkeypatch.setenv("LINES", "50")
    monkeypatch.setenv("TERM", "dumb")
    shown = on_terminal("check", str(written(tmp_path, "/v1/tags/get")), "--vendor", "ortto")
    assert shown == "ortto: nothing found (1 checked, 0 of other services, 0 skipped)\n"
    shown = on_terminal("check", str(RECORDED), "--vendor", "ortto", code=1)
    heads, first, *_others = shown.splitlines()
    assert heads.split() == ["entries", "side", "check", "where", "what"]
    assert (
        " ".join(first.split())
        == "2 call body POST /v1/audiences/get /limit 'two' is not of type 'integer', 'null'"
    )
    assert shown.splitlines()[-4:] == [
        "skipped: entry 10: a WebSocket",
        "incomplete: no response was recorded (1 entry)",
        "incomplete: the response body was not recorded (1 entry)",
        "ortto: 9 found (11 checked, 1 of other services, 1 skipped)",
    ]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("/nowhere/a.har", "--vendor", "ortto"), "/nowhere/a.har cannot be read"),
        ((str(RECORDED), "--vendor", "nope"), "unknown vendor 'nope' (available: "),
        ((str(RECORDED), "--vendor", "voyado"), "has no call to voyado (hosts in it: api.eu.ap3api.com, "),
        ((str(RECORDED), "--vendor", "ortto", "--base", "a.b"), "invalid base URL 'a.b'"),
        ((str(RECORDED), "--vendor", "ortto", "--report", "pdf=x"), "unknown report format 'pdf'"),
        (
            (str(RECORDED), "--vendor", "ortto", "--report", "json=/no/x"),
            "cannot write the report /no/x",
        ),
        ((str(RECORDED),), "Missing option '--vendor'"),
    ],
)
def test_errors_are_one_line(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], message: str
) -> None:
    with pytest.raises(SystemExit) as end:
        main(["check", *words])
    captured = capsys.readouterr()
    assert end.value.code == 2
    assert message in captured.err
    assert captured.err.count("\n") == 1


def test_text_is_the_default_in_a_pipe() -> None:
    done = run("check", str(RECORDED), "--vendor", "ortto")
    heads, first, *_others, summary = done.stdout.splitlines()
    assert heads.split() == ["entries", "side", "check", "where", "what"]
    assert first.split()[:3] == ["2", "call", "body"]
    assert summary.startswith("ortto: 9 found (11 checked, ")


def test_reply_nested_too_deeply_is_not_validated(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = written(tmp_path, "/v1/tags/get")
    document = json.loads(file.read_text())
    document["log"]["entries"][0]["response"]["content"]["text"] = "[" * 300 + "]" * 300
    file.write_text(json.dumps(document))
    with pytest.raises(SystemExit) as end:
        main(["check", str(file), "--vendor", "ortto", "--format", "json"])
    captured = capsys.readouterr()
    assert end.value.code == 2
    assert json.loads(captured.out)["findings"] == []
    assert [one["entry"] for one in json.loads(captured.out)["hindered"]] == [1]
    assert captured.err.startswith("mockserver: ortto was not checked (0 of 1 cases carried out): ")
    assert "nested deeper than 200 levels" in captured.err
    assert captured.err.count("\n") == 1


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"{" * 2000, "is larger than 1024 bytes; raise --max-file-bytes"),
        (b"[" * 1000, "is not an HTTP Archive (invalid JSON: "),
        (b'{"log": {"entries": [1e999]}}', "is not an HTTP Archive (invalid JSON: "),
        (b'{"log": {"entries": {"a": 1}}}', "is not an HTTP Archive: its entries are not a list"),
        (b"\xff\xfe", "is not an HTTP Archive"),
    ],
)
def test_hostile_files_end_with_one_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, content: bytes, reason: str
) -> None:
    file = tmp_path / "a.har"
    file.write_bytes(content)
    with pytest.raises(SystemExit) as end:
        main(["check", str(file), "--vendor", "ortto", "--max-file-bytes", "1K"])
    captured = capsys.readouterr()
    assert (end.value.code, captured.err.count("\n")) == (2, 1)
    assert reason in captured.err


def test_file_without_an_end_is_not_read_to_its_end(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["check", "/dev/zero", "--vendor", "ortto", "--max-file-bytes", "1M"])
    assert end.value.code == 2
    assert "/dev/zero: the file is larger than 1 MiB" in capsys.readouterr().err


def test_what_the_real_service_sent_is_kept(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """By the dates in the recording; a reply with a finding, or of a mock server, is not kept."""
    seen = tmp_path / "seen.json"
    calls: list[dict[str, Any]] = []
    for host, date, text in (
        ("https://api.ap3api.com", "2026-05-05T23:30:00-02:00", "[]"),
        ("https://api.ap3api.com", "2026-05-01T10:00:00.000Z", "[]"),
        ("https://api.ap3api.com", "yesterday", "[]"),
        ("http://127.0.0.1:4700/ortto", "2026-06-01T10:00:00Z", "[]"),
    ):
        headers = [{"name": "Content-Type", "value": "application/json"}, {"name": "X-Api-Key", "value": "…"}]
        request = {"method": "POST", "url": f"{host}/v1/tags/get", "headers": headers}
        response = {"status": 200, "headers": headers[:1], "content": {"text": text}}
        sent = {**request, "postData": {"mimeType": "application/json", "text": "{}"}}
        calls.append({"startedDateTime": date, "request": sent, "response": response})
    file = tmp_path / "real.har"
    file.write_text(json.dumps({"log": {"entries": calls}}))
    code, report = checked(capsys, str(file), "--vendor", "ortto", "--seen", str(seen))
    assert (code, report["checked"]) == (0, 4)
    kept = {"ortto": {"get_tags": {"on": "2026-05-06", "at": str(file)}}}
    assert json.loads(seen.read_text()) == kept
    calls[0]["response"]["content"]["text"] = '[{"id": "one"}]'
    file.write_text(
        json.dumps({"log": {"entries": [{**calls[0], "startedDateTime": "2026-07-01T10:00:00Z"}]}})
    )
    assert checked(capsys, str(file), "--vendor", "ortto", "--seen", str(seen))[0] == 1
    assert json.loads(seen.read_text()) == kept
    with pytest.raises(SystemExit) as end:
        main(["check", str(file), "--vendor", "ortto", "--seen", str(file)])
    assert end.value.code == 2
    assert "is not a file of sightings" in capsys.readouterr().err

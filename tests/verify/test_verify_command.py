"""`mockserver verify` as a user types it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from mockserver.cli import main
from mockserver.client import Control
from mockserver.verify import story_file
from tests.live_server import served
from tests.verify.broken import MutableResponse, broken
from tests.verify.few_operations import removal_of_others

Typed = tuple[int, str, str]
Type = Callable[..., Typed]
KEY = ("--credential", "api_key=PRK-mockserver")
STORIES_ONLY = ("--phase", "stories")


@pytest.fixture
def typed(capsys: pytest.CaptureFixture[str]) -> Type:
    def run(*words: str) -> Typed:
        with pytest.raises(SystemExit) as end:
            main(["verify", *words])
        said = capsys.readouterr()
        return int(end.value.code or 0), said.out, said.err

    return run


def without_ids(response: MutableResponse) -> None:
    """Removes the `id` of audiences."""
    if response.operation == "get_audiences" and response.status == 200:
        audiences = response.body or []
        response.body = [{name: value for name, value in one.items() if name != "id"} for one in audiences]


def test_built_in_fake_passes(typed: Type) -> None:
    code, out, err = typed("ortto", "--phase", "lint", *STORIES_ONLY)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0].startswith("lint    ortto  ok")
    assert "stories wrong_key  ok (1 calls" in out
    count = 1 + len(story_file.load_stories("ortto").stories)
    assert lines[-1].startswith(f"ortto: nothing new, 0 accepted ({count} run, 0 skipped, ")
    assert not [line for line in lines if "found" in line]


def test_broken_fake_fails(typed: Type, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    with broken("ortto", without_ids) as url:
        code, out, _err = typed("ortto", *STORIES_ONLY, "--control", url, "--report", f"json={report}")
        assert [world.name for world in Control(url).worlds()] == ["default"]
    assert code == 1
    assert "get_audiences /*: 'id' is a required property" in out
    assert "drift: Audience /id is missing (get_audiences: " in out
    found = json.loads(report.read_text())["findings"]
    assert {one["operation"] for one in found} >= {"get_audiences"}


def test_accepted_findings_are_not_new(typed: Type, tmp_path: Path) -> None:
    words = (
        *STORIES_ONLY,
        "--story",
        "page_through_the_audiences",
        "--baseline",
        str(tmp_path / "known.json"),
    )
    with broken("ortto", without_ids) as url:
        assert typed("ortto", *words, "--control", url, "--accept")[0] == 0
        code, out, _err = typed("ortto", *words, "--control", url)
    assert code == 0
    assert "ortto: nothing new, " in out
    code, out, _err = typed("ortto", *words)
    assert code == 0
    assert "accepted, but no longer found: stories:schema:get_audiences:" in out


def test_live_service_is_read_only(typed: Type) -> None:
    with served() as url:
        code, out, _err = typed("ortto", *STORIES_ONLY, "--url", f"{url}/ortto/", *KEY, "--rate", "1000")
        journal = list(Control(url).world().journal(vendor="ortto"))
    assert code == 0
    assert {exchange["operation"] for exchange in journal if exchange["operation"]} == {
        "get_audiences",
        "get_campaigns",
        "get_custom_fields",
        "get_people",
        "get_people_by_ids",
        "get_tags",
    }
    # paths without an endpoint
    assert {exchange["call"]["method"] for exchange in journal if not exchange["operation"]} == {"GET"}
    assert (
        "skipped: stories permission_moves_people: it writes (give_permission); pass --writes to run it"
        in out
    )
    assert "skipped: stories audience_made_in_the_app: it moves the world's clock" in out


def test_writes_option_allows_writes(typed: Type) -> None:
    with served() as url:
        words = ("--url", f"{url}/ortto", "--rate", "1000", "--writes")
        code, out, _err = typed("ortto", *STORIES_ONLY, *words, *KEY)
        called = {exchange["operation"] for exchange in Control(url).world().journal(vendor="ortto")}
    assert code == 0, out
    assert {"merge_people", "delete_people"} <= called


def test_credentials_from_file_or_environment(
    typed: Type, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "credentials.yaml"
    file.write_text("ortto: {api_key: PRK-mockserver}\n")
    words = (*STORIES_ONLY, "--story", "list_members_page_by_page", "--rate", "1000")
    with served() as url:
        live = ("--url", f"{url}/ortto", *words)
        assert typed("ortto", *live, "--credentials", str(file))[0] == 0
        monkeypatch.setenv("MOCKSERVER_CREDENTIAL_API_KEY", "PRK-wrong")
        assert typed("ortto", *live)[0] == 2
        assert typed("ortto", *live, "--credentials", str(file))[0] == 0


def test_reports_contain_no_credentials(typed: Type, tmp_path: Path) -> None:
    files = {form: tmp_path / f"report.{form}" for form in ("junit", "json", "html", "har")}
    words = [word for form, path in files.items() for word in ("--report", f"{form}={path}")]
    with served() as url:
        live = ("--url", f"{url}/digitalaudience", "--rate", "1000", "--writes")
        who = ("--credential", "userName=demo@mockserver.test", "--credential", "password=mockserver")
        assert typed("digitalaudience", *STORIES_ONLY, *live, *who, *words)[0] == 0
    for path in files.values():
        assert '"mockserver"' not in path.read_text()
        assert "demo@mockserver.test" not in path.read_text()
    assert len(json.loads(files["har"].read_text())["log"]["entries"]) > 20


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("nope",), "unknown vendor 'nope' (available: "),
        (("ortto", "--url", "https://x.example"), "no credentials given; pass --credential api_key=…"),
        (
            ("ortto", "--url", "x.example", *KEY),
            "invalid base URL 'x.example'; write it like https://api.example.com",
        ),
        (("ortto", "--credential", "key=1"), "unknown credential 'key' of ortto (available: api_key)"),
        (("ortto", "--credential", "key"), "'key' is not of the form NAME=VALUE"),
        (("ortto", "--report", "pdf=x"), "unknown report format 'pdf' (available: junit, json, html, har)"),
        (("ortto", "--contract", "/nowhere/x"), "cannot be read (No such file"),
        (
            ("ortto", *STORIES_ONLY, "--story", "wrong_key", "--propose", "/nowhere/x"),
            "cannot write /nowhere/x",
        ),
        (("ortto", *STORIES_ONLY, "--story", "nope"), "story nope: not a story of ortto; choose one of "),
        (("ortto", "--accept"), "--accept needs the file to write; pass --baseline FILE"),
        (("ortto", "--baseline", "/nowhere/x"), "cannot be read"),
        (("ortto", "--credentials", "/nowhere/x"), "cannot be read"),
        (("ortto", "--control", "http://127.0.0.1:9", *STORIES_ONLY), "127.0.0.1:9"),
    ],
)
def test_errors_are_one_line(typed: Type, words: tuple[str, ...], message: str) -> None:
    code, _out, err = typed(*words)
    assert code == 2
    assert message in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize("text", ["- a", "api_key: 5", "a: ["])
def test_invalid_credentials_file(typed: Type, tmp_path: Path, text: str) -> None:
    file = tmp_path / "credentials.yaml"
    file.write_text(text)
    code, _out, err = typed("ortto", "--credentials", str(file))
    assert code == 2
    assert "write lines like `api_key: …`" in err


def test_fuzzer_is_an_optional_dependency(typed: Type, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ImportError(f"No module named {name}")

    monkeypatch.setattr("mockserver.verify.runner.import_module", missing)
    code, _out, err = typed("ortto", "--phase", "fuzz")
    assert code == 2
    assert "pip install 'audience-mockserver[verify]'" in err


def test_fuzz_phase(typed: Type, tmp_path: Path) -> None:
    """On a few operations, each called often; tests/fuzz calls those of all vendors."""
    overlay = tmp_path / "digitalaudience.json"
    overlay.write_text(json.dumps(removal_of_others("digitalaudience", 4)), encoding="utf-8")
    words = ("--phase", "fuzz", "--examples", "1", "--overlay", str(overlay))
    code, out, _err = typed("digitalaudience", *words)
    assert code == 0, out
    assert "fuzz    coverage get_campaign  ok (" in out
    assert "fuzz    fuzzing create_crm_audience  ok (" in out
    assert "not carried out" not in out  # as it was, until the service had answered a call


def test_json_format(typed: Type) -> None:
    with broken("ortto", without_ids) as url:
        code, out, err = typed("ortto", *STORIES_ONLY, "--control", url, "--format", "json")
    assert (code, err) == (1, "")
    report = json.loads(out)
    assert report["complete"] is True
    assert {one["operation"] for one in report["findings"]} >= {"get_audiences"}
    code, out, err = typed("ortto", *STORIES_ONLY, "--url", "http://127.0.0.1:9", *KEY, "--format", "json")
    assert (code, err.count("\n"), json.loads(out)["complete"]) == (2, 1, False)
    code, _out, err = typed("ortto", "--format", "json", "--propose", "-")
    assert code == 2
    assert "--propose - and --format json both need standard output; name a file" in err

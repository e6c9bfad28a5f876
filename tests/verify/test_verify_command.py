"""`mockserver verify` as it is typed."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from mockserver.cli import main
from mockserver.client import Control
from mockserver.verify import story_file
from tests.live_server import served
from tests.verify.broken import Said, broken

Typed = tuple[int, str, str]
Type = Callable[..., Typed]
KEY = ("--credential", "api_key=PRK-mockserver")
TOLD = ("--phase", "stories")


@pytest.fixture
def typed(capsys: pytest.CaptureFixture[str]) -> Type:
    def run(*words: str) -> Typed:
        with pytest.raises(SystemExit) as end:
            main(["verify", *words])
        said = capsys.readouterr()
        return int(end.value.code or 0), said.out, said.err

    return run


def worse(said: Said) -> None:
    """Audiences without their `id`, and people of another status."""
    if said.operation == "get_audiences" and said.status == 200:
        said.body = [{name: value for name, value in one.items() if name != "id"} for one in said.body or []]


def test_our_own_fake_is_true(typed: Type) -> None:
    code, out, err = typed("ortto", "--phase", "lint", *TOLD)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0].startswith("lint    ortto  ok")
    assert "stories wrong_key  ok (1 calls" in out
    count = 1 + len(story_file.of("ortto").stories)
    assert lines[-1].startswith(f"ortto: nothing new, 0 accepted ({count} tried, 0 not, ")
    assert not [line for line in lines if "found" in line]


def test_a_broken_one_is_not(typed: Type, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    with broken("ortto", worse) as url:
        code, out, _err = typed("ortto", *TOLD, "--control", url, "--report", f"json={report}")
        assert [world.name for world in Control(url).worlds()] == ["default"]
    assert code == 1
    assert "get_audiences /*: 'id' is a required property" in out
    assert "drift: Audience /id is missing (get_audiences: " in out
    found = json.loads(report.read_text())["findings"]
    assert {one["operation"] for one in found} >= {"get_audiences"}


def test_what_is_accepted_is_no_news(typed: Type, tmp_path: Path) -> None:
    words = (*TOLD, "--story", "page_through_the_audiences", "--baseline", str(tmp_path / "known.json"))
    with broken("ortto", worse) as url:
        assert typed("ortto", *words, "--control", url, "--accept")[0] == 0
        code, out, _err = typed("ortto", *words, "--control", url)
    assert code == 0
    assert "ortto: nothing new, " in out
    code, out, _err = typed("ortto", *words)
    assert code == 0
    assert "accepted, but not found any more: stories:schema:get_audiences:" in out


def test_a_live_service_is_only_read(typed: Type) -> None:
    with served() as url:
        code, out, _err = typed("ortto", *TOLD, "--url", f"{url}/ortto/", *KEY, "--rate", "1000")
        methods = {exchange["operation"] for exchange in Control(url).world().journal(vendor="ortto")}
    assert code == 0
    assert methods == {"get_audiences", "get_people", "get_people_by_ids", "get_tags", "get_custom_fields"}
    assert "not tried: stories permission_moves_people: it writes (give_permission); --writes lets it" in out
    assert "not tried: stories audience_made_in_the_app: it turns the world's clock" in out


def test_a_live_service_is_written_to_if_one_says_so(typed: Type) -> None:
    with served() as url:
        words = ("--url", f"{url}/ortto", "--rate", "1000", "--writes")
        code, out, _err = typed("ortto", *TOLD, *words, *KEY)
        called = {exchange["operation"] for exchange in Control(url).world().journal(vendor="ortto")}
    assert code == 0, out
    assert {"merge_people", "delete_people"} <= called


def test_credentials_come_from_a_file_or_the_environment(
    typed: Type, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "credentials.yaml"
    file.write_text("ortto: {api_key: PRK-mockserver}\n")
    words = (*TOLD, "--story", "list_members_page_by_page", "--rate", "1000")
    with served() as url:
        live = ("--url", f"{url}/ortto", *words)
        assert typed("ortto", *live, "--credentials", str(file))[0] == 0
        monkeypatch.setenv("MOCKSERVER_CREDENTIAL_API_KEY", "PRK-wrong")
        assert typed("ortto", *live)[0] == 1
        assert typed("ortto", *live, "--credentials", str(file))[0] == 0


def test_reports_tell_no_credential(typed: Type, tmp_path: Path) -> None:
    forms = {form: tmp_path / f"report.{form}" for form in ("junit", "json", "html", "har")}
    words = [word for form, path in forms.items() for word in ("--report", f"{form}={path}")]
    with served() as url:
        live = ("--url", f"{url}/digitalaudience", "--rate", "1000", "--writes")
        who = ("--credential", "userName=demo@mockserver.test", "--credential", "password=mockserver")
        assert typed("digitalaudience", *TOLD, *live, *who, *words)[0] == 0
    for path in forms.values():
        assert '"mockserver"' not in path.read_text()
        assert "demo@mockserver.test" not in path.read_text()
    assert len(json.loads(forms["har"].read_text())["log"]["entries"]) > 20


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("nobody",), "vendor nobody: is unknown"),
        (("ortto", "--url", "https://x.example"), "nothing lets calls in; give --credential api_key=…"),
        (("ortto", "--url", "x.example", *KEY), "is no base URL; write it as https://api.example.com"),
        (("ortto", "--credential", "key=1"), "ortto has no credential key; its own are: api_key"),
        (("ortto", "--credential", "key"), "'key' is not NAME=VALUE"),
        (("ortto", "--report", "pdf=x"), "no report is of the form pdf; there are: junit, json, html, har"),
        (("ortto", "--contract", "/nowhere/x"), "cannot be read (No such file"),
        (("ortto", *TOLD, "--story", "wrong_key", "--propose", "/nowhere/x"), "/nowhere/x cannot be written"),
        (("ortto", *TOLD, "--story", "nope"), "story nope: ortto has none of this name; choose one of "),
        (("ortto", "--accept"), "--accept writes a baseline; name its file with --baseline"),
        (("ortto", "--baseline", "/nowhere/x"), "cannot be read"),
        (("ortto", "--credentials", "/nowhere/x"), "cannot be read"),
        (("ortto", "--control", "http://127.0.0.1:9", *TOLD), "127.0.0.1:9"),
    ],
)
def test_what_cannot_be_carried_out(typed: Type, words: tuple[str, ...], message: str) -> None:
    code, _out, err = typed(*words)
    assert code == 2
    assert message in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize("text", ["- a", "api_key: 5", "a: ["])
def test_a_file_without_credentials(typed: Type, tmp_path: Path, text: str) -> None:
    file = tmp_path / "credentials.yaml"
    file.write_text(text)
    code, _out, err = typed("ortto", "--credentials", str(file))
    assert code == 2
    assert "write lines like `api_key: …` into it" in err


def test_the_fuzzer_is_an_extra(typed: Type, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ImportError(f"No module named {name}")

    monkeypatch.setattr("mockserver.verify.runner.import_module", missing)
    code, _out, err = typed("ortto", "--phase", "fuzz")
    assert code == 2
    assert "pip install 'audience-mockserver[verify]'" in err


def test_the_fuzzer_has_its_say(typed: Type) -> None:
    code, out, _err = typed("spotler", "--phase", "fuzz", "--examples", "1")
    assert code == 0, out
    assert "fuzz    coverage create_audience  ok (" in out

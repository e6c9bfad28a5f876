"""`mockserver proof`: pages and JSON, sightings of live services, and the check of stories and page."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from mockserver import vendors
from mockserver.cli import main, proof
from mockserver.client import Control
from mockserver.paths import contracts
from mockserver.verify import evidence
from mockserver.verify.evidence import Evidence, ToolEvidence, read_evidence
from tests.live_server import served
from tests.outsiders import import_path, make_package

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*words: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as end:
            main(list(words))
        printed = capsys.readouterr()
        return int(end.value.code or 0), printed.out, printed.err

    return run


def test_the_page_and_its_numbers(run: Run) -> None:
    code, out, _err = run("proof", "ortto", "--format", "json")
    proved = json.loads(out)
    assert (code, proved["vendor"]) == (0, "ortto")
    number = len(vendors.find("ortto").contract.operations)
    assert sum(proved["summary"]["operations"].values()) == len(proved["operations"]) == number
    audiences = next(one for one in proved["operations"] if one["operation"] == "get_audiences")
    assert (audiences["tier"], audiences["recordings"]) == ("recording", ["audience-recordings"])
    assert audiences["stories"]
    assert audiences["judges"]
    assert audiences["verdict"] == "proven"
    page = run("proof", "ortto")[1]
    assert page.startswith("# Proof: Ortto API\n")
    assert "| `get_audiences` | POST `/v1/audiences/get` |" in page


def test_numbers_of_all_vendors(run: Run, tmp_path: Path) -> None:
    make_package(tmp_path, "acme")
    with import_path():
        code, out, err = run("proof", "--vendor-path", str(tmp_path), "--format", "json")
        table = run("proof", "--vendor-path", str(tmp_path), "--format", "text")[1].splitlines()
    found = {one["vendor"]: one["summary"] for one in json.loads(out)}
    assert (code, err, list(found)) == (0, "", sorted(["acme", *vendors.names()]))
    assert found["ortto"] == json.loads(run("proof", "ortto", "--format", "json")[1])["summary"]
    assert found["acme"]["operations"] == {"proven": 0, "not proven": 0, "unknown": 2}
    assert [line.split()[0] for line in table[1 : len(found) + 1]] == list(found)
    assert run("proof", "--check")[0] == 2


def test_evidence_of_a_vendor_from_outside_is_in_its_package(run: Run, tmp_path: Path) -> None:
    package = make_package(tmp_path, "acme")
    with import_path():
        assert run("proof", "acme", "--vendor-path", str(tmp_path), "--update")[0] == 0
        assert (package / "contracts" / "acme" / "evidence" / "stories.json").is_file()
        assert run("proof", "acme", "--vendor-path", str(tmp_path), "--check")[0] == 0
    assert not (contracts() / "acme").exists()


def test_what_was_seen_live_is_proven(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "seen.json"
    with served() as url:
        base = Control(url).world("default").url("ortto")
        credential = ("--credential", "api_key=PRK-mockserver")
        words = ("verify", "ortto", "--url", base, *credential, "--story", "page_through_the_audiences")
        code, _out, err = run(*words, "--phase", "stories", "--seen", str(file))
    assert (code, err) == (0, "")
    kept = json.loads(file.read_text(encoding="utf-8"))
    assert list(kept["ortto"]) == ["get_audiences"]
    assert kept["ortto"]["get_audiences"]["at"] == base
    kept["ortto"]["get_tags"] = {"on": "2026-01-31", "at": "https://api.ap3api.com"}
    file.write_text(json.dumps(kept), encoding="utf-8")
    proved = json.loads(run("proof", "ortto", "--seen", str(file), "--format", "json")[1])
    seen = {one["operation"]: one["seen"] for one in proved["operations"] if one["seen"]}
    assert seen == kept["ortto"]
    assert "Seen live: 2 (6 %)" in run("proof", "ortto", "--seen", str(file))[1]
    assert "2026-01-31, https://api.ap3api.com" in run("proof", "ortto", "--seen", str(file))[1]


def test_options_that_cannot_be_used(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "seen.json"
    file.write_text("[]", encoding="utf-8")
    cases = {
        ("proof", "orto"): "unknown vendor 'orto'",
        ("proof", "ortto", "--check", "--update"): "exclude each other",
        ("proof", "ortto", "--seen", str(file)): "is not a file of sightings",
        ("proof", "ortto", "--seen", str(tmp_path / "sen.json")): "does not exist",
        ("verify", "ortto", "--seen", str(file)): "pass --url URL too",
    }
    for words, message in cases.items():
        code, _out, err = run(*words)
        assert code == 2
        assert message in err


@pytest.fixture(scope="module")
def played() -> str:
    """What the stories of Ortto reach, as JSON."""
    return json.dumps(proof.play_stories(vendors.find("ortto")))


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, played: str) -> Path:
    """A checkout with the evidence and the page of Ortto, and nothing else; its stories are played once."""
    monkeypatch.setattr(proof, "play_stories", lambda vendor: {"ortto": json.loads(played)}[vendor.name])
    root = tmp_path / "contracts"
    for name in ("stories", "tests", "tools"):
        text = evidence.evidence_file("ortto", name).read_text(encoding="utf-8")
        file = root / "ortto" / "evidence" / f"{name}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    monkeypatch.setattr(evidence, "contracts", lambda: root)
    monkeypatch.setattr(proof, "checkout", lambda: tmp_path)
    (tmp_path / "docs").mkdir()
    proof.write_page(vendors.find("ortto"), read_evidence("ortto"))
    return root / "ortto" / "evidence"


def test_a_witness_that_is_removed_fails_the_check(run: Run, copied: Path) -> None:
    assert run("proof", "ortto", "--check") == (0, "ortto: evidence and page are true\n", "")
    stories = json.loads((copied / "stories.json").read_text(encoding="utf-8"))
    witness = stories["operations"]["get_tags"].pop(0)
    stories["operations"]["get_audiences"].append("a_story_that_is_gone")
    (copied / "stories.json").write_text(json.dumps(stories), encoding="utf-8")
    code, out, _err = run("proof", "ortto", "--check")
    assert code == 1
    assert f"operation get_tags: {witness} now reaches it" in out
    assert "operation get_audiences: a_story_that_is_gone no longer reaches it, a witness is lost" in out
    assert "ortto.md is not the page of the evidence" in out
    assert "`mockserver proof ortto --update` writes what is true now" in out
    assert run("proof", "ortto", "--update")[0] == 0
    assert run("proof", "ortto", "--check")[0] == 0


def test_evidence_that_cannot_be_read_or_names_what_is_gone(run: Run, copied: Path) -> None:
    tools = {"tools": {"t": {"kind": "client", "version": "1"}}, "operations": {"get_nothing": ["t"]}}
    (copied / "tools.json").write_text(json.dumps(tools), encoding="utf-8")
    code, out, _err = run("proof", "ortto", "--check")
    assert code == 1
    assert "get_nothing: the contract has no such operation" in out
    (copied / "tools.json").write_text("{", encoding="utf-8")
    code, _out, err = run("proof", "ortto")
    assert code == 2
    assert "ortto/evidence/tools.json" in err
    assert run("routes", "ortto")[0] == 2


def test_tiers() -> None:
    def tool(kind: str) -> ToolEvidence:
        return ToolEvidence(kind, kind, "1", frozenset({"get"}), frozenset())

    def tier(*kinds: str, stories: bool = True, recorded: bool = False) -> str:
        told = {"get": ("a story",)} if stories else {}
        return Evidence(told, tools=tuple(map(tool, kinds))).tier("get", recorded)

    assert tier(stories=False) == "none"
    assert tier() == "story"
    assert tier("fuzzer") == tier("replay") == tier("proxy") == "judge"
    assert tier("fuzzer", "generated") == "generated"
    assert tier("generated", "signer") == tier("proxy", "client") == "client"
    assert tier("client", recorded=True) == "recording"

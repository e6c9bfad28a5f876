"""`verify --propose` against a drifting server: with the proposed patch it passes."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest
import yaml

from mockserver.cli import main
from mockserver.client import Control
from mockserver.paths import contracts
from tests.verify.broken import MutableResponse, broken

KEYS = MappingProxyType(
    {
        "digitalaudience": ("userName=demo@mockserver.test", "password=mockserver"),
        "fanfare": ("secret_key=sk_test_mockserver", "publishable_key=pk_test_mockserver"),
        "ortto": ("api_key=PRK-mockserver",),
        "spotler": ("consumer_key=mockserver", "consumer_secret=mockserver-secret"),
    }
)


REST_OF_SPOTLERS = (
    "changeDate, lastContactAddedAt, lastContactRemovedAt, lastSyncDate, externalId, description, name"
)


class Drifting(NamedTuple):
    """Drift faults on an operation that a story calls, the reported drift, and the proposed lines."""

    vendor: str
    operation: str
    story: str
    faults: tuple[Mapping[str, Any], ...]
    told: tuple[str, ...]
    removed: tuple[str, ...]
    added: tuple[str, ...]


def change(field: str, what: str, to: str | None = None) -> Mapping[str, str]:
    return {"field": field, "change": what, **({"to": to} if to else {})}


CASES = (
    # One fault applies per call: these affect one page each.
    Drifting(
        "ortto",
        "get_audiences",
        "page_through_the_audiences",
        (
            change("/*/type", "nulled"),
            change("/*/public_name", "renamed", "display_name"),
        ),
        (
            "Audience /display_name is new (get_audiences: 1 reply)",
            "Audience /public_name is missing (get_audiences: 1 reply)",
            "Audience /type is null (get_audiences: 1 reply)",
        ),
        (
            "- public_name",
            "type: {type: string, examples: [permanent]}",
        ),
        (
            "type: {type: [string, 'null'], examples: [permanent]}",
            "display_name: {type: string, x-source: observed}",
        ),
    ),
    Drifting(
        "fanfare",
        "get_audience",
        "rules_are_read_and_changed_one_by_one",
        (change("/createdAt", "nulled"),),
        ("Audience /createdAt is null (get_audience: 1 reply)",),
        ("createdAt: {$ref: '#/components/schemas/Moment'}",),
        ("createdAt: {anyOf: [{$ref: '#/components/schemas/Moment'}, {type: 'null', x-source: observed}]}",),
    ),
    Drifting(
        "fanfare",
        "get_audience",
        "rules_are_read_and_changed_one_by_one",
        (change("/archived", "renamed", "hidden"),),
        (
            "Audience /archived is missing (get_audience: 1 reply)",
            "Audience /hidden is new (get_audience: 1 reply)",
        ),
        ("- archived",),
        ("hidden: {type: boolean, x-source: observed}",),
    ),
    Drifting(
        "digitalaudience",
        "get_audience",
        "create_an_audience",
        (change("/data/hasSegments", "retyped"),),
        ("Audience /hasSegments is a string (get_audience: 1 reply)",),
        ("hasSegments: {type: boolean}",),
        ("hasSegments: {type: [boolean, string]}",),
    ),
    Drifting(
        "spotler",
        "get_audience",
        "unknown_contacts_refuse_the_call",
        (change("/createDate", "removed"),),
        ("Audience /createDate is missing (get_audience: 1 reply)",),
        (f"required: [createDate, {REST_OF_SPOTLERS}]",),
        (f"required: [{REST_OF_SPOTLERS}]",),
    ),
)


def linted_and_not(cases: Iterable[Drifting], linted: str) -> Iterator[Any]:
    """The cases, each with the phase that lints the changed contract: in the gate only for one vendor.

    To lint the others takes seconds of CPU.
    """
    for case in cases:
        name, lint = f"{case.vendor} {case.faults[0]['change']}", ("--phase", "lint")
        if case.vendor == linted:
            yield pytest.param(case, lint, id=name)
        else:
            yield pytest.param(case, (), id=name)
            yield pytest.param(case, lint, id=f"{name}, linted", marks=pytest.mark.thorough)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A server in another process."""
    command = [sys.executable, "-m", "mockserver", "serve", "--port", "0", "--no-limits"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            found = next(
                re.search(r"ready at (http://\S+)", line) for line in process.stdout if "ready" in line
            )
            assert found
            yield found[1]
        finally:
            process.terminate()


def verified(*words: str) -> int:
    with pytest.raises(SystemExit) as end:
        main(["verify", *words])
    return int(end.value.code or 0)


def patched(folder: Path, vendor: str, patch: Path, *tool: str) -> Path:
    """The contract in a copy of the repository's folder, patched by the tool."""
    contract = folder / "contracts" / vendor / "openapi.yaml"
    contract.parent.mkdir(parents=True)
    shutil.copy(contracts() / vendor / "openapi.yaml", contract)
    done = subprocess.run([*tool, str(patch)], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done
    return contract


def verified_with_drift(url: str, case: Drifting, *more: str) -> int:
    world = Control(url).world()
    world.reset()
    for fault in case.faults:
        world.faults.add(case.vendor, case.operation, "drift", **fault)
    keys = [word for key in KEYS[case.vendor] for word in ("--credential", key)]
    live = ("--url", f"{url}/{case.vendor}", "--rate", "1000", "--writes", "--story", case.story)
    return verified(case.vendor, *live, *keys, "--phase", "stories", *more)


@pytest.mark.parametrize(("case", "lint"), [*linted_and_not(CASES, "digitalaudience")])
def test_patch_makes_verify_pass(
    url: str, case: Drifting, lint: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*more: str) -> tuple[int, str]:
        code = verified_with_drift(url, case, *more)
        return code, capsys.readouterr().out

    patch = tmp_path / "drift.patch"
    code, out = run("--propose", str(patch))
    assert code == 1
    assert [line for line in out.splitlines() if line.startswith("drift: ")] == [
        f"drift: {one}" for one in case.told
    ]
    lines = patch.read_text().splitlines()
    assert lines[:2] == [f"{a}/contracts/{case.vendor}/openapi.yaml" for a in ("--- a", "+++ b")]
    assert {line[1:].strip() for line in lines[2:] if line[0] == "-"} == set(case.removed)
    assert {line[1:].strip() for line in lines[2:] if line[0] == "+"} == set(case.added)
    contract = patched(tmp_path / "copy", case.vendor, patch, "git", "apply")
    code, out = run(*lint, "--contract", str(contract), "--propose", str(patch))
    assert code == 0, out
    assert "drift: " not in out
    assert "nothing to propose" in out
    assert patch.read_bytes() == b""


def other(response: MutableResponse) -> None:
    """Merged people have a new state, and the fields another status."""
    if response.operation == "merge_people" and response.status == 200:
        for person in response.body["people"]:
            person["status"] = "queued"
    if response.operation == "get_custom_fields" and response.status == 200:
        response.status = 203


def test_new_values_and_statuses(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with broken("ortto", other) as url:
        words = ["ortto", "--control", url, "--phase", "stories"]
        for story in ("tags_and_fields_of_the_instance", "permission_moves_people"):
            words += ["--story", story]
        assert verified(*words, "--propose", "-") == 1
        patch, err = capsys.readouterr()
        assert patch.startswith("--- a/contracts/ortto/openapi.yaml\n")
        assert "get_custom_fields 203 is an undocumented status" in err
        (tmp_path / "drift.patch").write_text(patch)
        contract = patched(tmp_path / "copy", "ortto", tmp_path / "drift.patch", "patch", "-p1", "-i")
        verified(*words, "--contract", str(contract))
        out, _err = capsys.readouterr()
    assert "drift: " not in out
    # What a story demands is for a person to change.
    news = [line for line in out.splitlines() if line.startswith("new: ")]
    assert news
    assert all(line.startswith("new: stories criterion: ") for line in news)


@pytest.mark.parametrize(("case", "lint"), [*linted_and_not(CASES[:2], "fanfare")])
def test_an_overlay_makes_verify_pass(
    url: str, case: Drifting, lint: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    overlay = tmp_path / f"{case.vendor}.overlay.yaml"
    assert verified_with_drift(url, case, "--propose", str(overlay)) == 1
    assert "for --overlay" in capsys.readouterr().out
    actions = yaml.safe_load(overlay.read_text())["actions"]
    assert actions
    assert all(action["target"].startswith("$['components']['schemas']") for action in actions)
    more = (*lint, "--overlay", str(overlay), "--propose", str(overlay))
    code = verified_with_drift(url, case, *more)
    out = capsys.readouterr().out
    assert code == 0, out
    assert "drift: " not in out
    assert "nothing to propose" in out
    assert verified_with_drift(url, case, "--overlay", str(overlay), "--propose", "x.patch") == 2
    assert "write to a file that ends in .overlay.yaml" in capsys.readouterr().err

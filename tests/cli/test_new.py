"""`mockserver new` in a temporary checkout: the scaffold works without edits."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from typing import NamedTuple

import pytest
import requests

from mockserver import vendors
from mockserver.client import Control
from tests.checkout import Checkout
from tests.child_pytest import ALONE
from tests.house.sources import ROOT
from tests.processes import PATIENCE, one_line, run

WRITTEN = [
    *(
        f"contracts/acme/{name}"
        for name in ("backstage.yaml", "collections.yaml", "fuzz.toml", "openapi.yaml")
    ),
    "contracts/acme/stories.arazzo.yaml",
    *(f"mockserver/vendors/acme/{name}.py" for name in ("__init__", "audience_records", "audiences")),
    *(f"mockserver/vendors/acme/{name}.py" for name in ("backstage", "population")),
    "tests/vendors/test_acme.py",
]
PYTHON = [path for path in WRITTEN if path.endswith(".py")]
CHANGED = {
    "README.md": "| `acme` | `/acme` | audiences (scaffold) | `X-Api-Key: acme-mockserver` |\n",
    "fixtures/credentials.yaml": "acme:\n  api_key: acme-mockserver\n",
}
GENERIC = ["house", "vendors", "stories", "contract", "verify", "binding"]
SAMPLE = [
    *("house/test_imports.py", "house/test_plain_english_code.py"),
    *("vendors/test_acme.py", "vendors/test_every_problem.py", "vendors/test_redaction_of_all.py"),
    *(
        "stories/test_runner.py",
        "stories/test_reach.py",
        "contract/test_document.py",
        "contract/test_bounds.py",
    ),
    *("verify/test_obstacles.py", "verify/test_authentication.py", "binding/test_vendor.py"),
]
PLAIN = ("-q", "-rA", "--assert=plain", "-p", "no:cacheprovider", "-p", "mockserver.pytest_plugin")
"""Options of pytest: to rewrite assertions takes longer than the tests."""
INVALID = {
    ("Acme",): "'Acme' is not a valid vendor name; use a letter, then letters",
    ("7up",): "'7up' is not a valid vendor name",
    ("acme-mail",): "'acme-mail' is not a valid vendor name",
    ("acme__mail",): "'acme__mail' is not a valid vendor name",
    ("acme\n",): "is not a valid vendor name",
    ("../acme",): "'../acme' is not a valid vendor name",
    ("a" * 31,): "at most 30",
    ("nonlocal",): "'nonlocal' is not a valid vendor name",
    ("acme", "--title", "Acme: mail"): "'Acme: mail' is not a valid title; use at most 40 letters",
    ("acme", "--title", '"""'): "is not a valid title",
    ("acme", "--title", "A" * 41): "is not a valid title",
    ("ortto",): "contracts/ortto exists already; choose another name than 'ortto'",
    ("control",): "contracts/control exists already",
    ("limits",): "tests/vendors/test_limits.py exists already",
    ("iterable",): "contains the word 'iterable', and code may not name a vendor; choose another name, such",
    ("journal",): ".py contains the word 'journal', and code may not",
    (): "see `mockserver new --help`",
}
"""The words of commands that are rejected, and why."""
FEW_FILES = (
    *("README.md", "pyproject.toml", "contracts/README.md", "fixtures/credentials.yaml"),
    *("mockserver/vendors/__init__.py", "tests/vendors/__init__.py"),
)
"""What the command looks for or changes: with a whole checkout it takes ten times as long."""


class Scaffolded(NamedTuple):
    """A checkout before and after `mockserver new`, and the output of the command."""

    checkout: Checkout
    before: dict[str, bytes]
    after: dict[str, bytes]
    output: str


def new(*words: str) -> str:
    """The output of a successful `mockserver new …` of this process, which writes to `checkout`."""
    done = run("new", *words)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def error_line(checkout: Checkout, *words: str) -> str:
    """The error line of a `mockserver new …` that changes nothing."""
    before = checkout.files()
    line = one_line(run("new", *words))
    assert checkout.files() == before
    return line


def stdout_of(done: "subprocess.CompletedProcess[str]") -> str:
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def spare(tmp_path_factory: pytest.TempPathFactory) -> tuple[Checkout, dict[str, bytes]]:
    """A checkout that tests may change, and what it has at first."""
    checkout = Checkout(tmp_path_factory.mktemp("spare"), *FEW_FILES, compiled=False)
    return checkout, checkout.files()


@pytest.fixture
def checkout(spare: tuple[Checkout, dict[str, bytes]]) -> Iterator[Checkout]:
    """A checkout that `mockserver new` of this process takes for its own; it is as new for each test."""
    checkout, files = spare
    with checkout.as_own():
        yield checkout
    checkout.restore(files)


@pytest.fixture(scope="module")
def scaffolded(tmp_path_factory: pytest.TempPathFactory) -> Scaffolded:
    """A vendor right after scaffolding, without edits; another one follows."""
    checkout = Checkout(tmp_path_factory.mktemp("begun"))
    with checkout.as_own():
        before = checkout.files()
        output = new("acme", "--title", "Acme & Sons")
        after = checkout.files()
        # Fanfare imports the lists of Klaviyo; the architecture tests allow it.
        new("klaviyo")
    return Scaffolded(checkout, before, after, output)


@pytest.fixture
def begun(scaffolded: Scaffolded) -> Iterator[Checkout]:
    """The whole checkout with the scaffold, to write to; it is put back after the test."""
    checkout, files = scaffolded.checkout, scaffolded.checkout.files()
    with checkout.as_own():
        yield checkout
    checkout.restore(files)


@pytest.fixture(scope="module")
def served(scaffolded: Scaffolded) -> Iterator[Control]:
    """A server of the scaffolded vendor only."""
    with scaffolded.checkout.serve("--vendor", "acme") as server:
        try:
            assert server.stdout is not None
            found = re.search(r"ready at (http://\S+)", server.stdout.readline())
            assert found
            yield Control(found[1])
        finally:
            server.terminate()


def test_output_lists_files_and_next_steps(scaffolded: Scaffolded) -> None:
    done, _, after = scaffolded.output.partition("\n\n")
    assert done.splitlines() == [
        *(f"wrote    {path}" for path in WRITTEN),
        *(f"changed  {path}" for path in CHANGED),
    ]
    assert after.startswith("Acme & Sons is already served, ")
    assert re.findall(r"^  (\d)\.", after, re.MULTILINE) == ["1", "2", "3"]
    for command in re.findall(r"mockserver ([a-z]+ [a-z -]*acme)", after):
        assert run(*command.split(), "--help").returncode == 0


def test_only_the_listed_files_change(scaffolded: Scaffolded) -> None:
    files = {path: content for path, content in scaffolded.after.items() if content}
    assert sorted(files.keys() - scaffolded.before.keys()) == WRITTEN
    differing = {path for path, content in scaffolded.before.items() if scaffolded.after[path] != content}
    assert differing == set(CHANGED)
    for path, lines in CHANGED.items():
        assert lines in scaffolded.after[path].decode()
        assert scaffolded.after[path].decode().replace(lines, "") == scaffolded.before[path].decode()
    assert not [
        path
        for path, content in files.items()
        if path in WRITTEN and re.search(b"example.?vendor", content.lower())
    ]


def test_table_of_vendors_stays_sorted(scaffolded: Scaffolded) -> None:
    rows = re.findall(r"^\| `(\w+)` \| `/\w+` \|", scaffolded.after["README.md"].decode(), re.MULTILINE)
    assert "acme" in rows
    assert rows == sorted(rows)


def test_every_rule_is_inferred(scaffolded: Scaffolded) -> None:
    listing = stdout_of(scaffolded.checkout.python("mockserver", "contract", "acme", "--ledger"))
    assert set(re.findall(r'"source": "(\w+)"', listing)) == {"inferred"}


def test_verify_finds_nothing(scaffolded: Scaffolded) -> None:
    """Lint and stories; the package of the same scaffold is fuzzed (tests/scaffold/test_package.py)."""
    phases = ("--phase", "lint", "--phase", "stories")
    output = stdout_of(scaffolded.checkout.python("mockserver", "verify", "acme", *phases))
    assert re.search(r"^lint +acme +ok", output, re.MULTILINE)
    assert re.search(r"^stories page_through_audiences +ok", output, re.MULTILINE)
    assert re.search(r"^acme: nothing new", output, re.MULTILINE), output


def test_serve_scaffolded_vendor_only(served: Control) -> None:
    (vendor,) = served.vendors()
    assert (vendor["name"], vendor["title"]) == ("acme", "Acme & Sons API")
    done = subprocess.run(
        ["bash", "-c", f"{vendor['curl']} --silent --fail"],
        capture_output=True,
        check=False,
        timeout=PATIENCE,
    )
    assert done.returncode == 0


def test_endpoints_respond(served: Control) -> None:
    world = served.world()
    url, key = f"{world.url('acme')}/v1/audiences", {"X-Api-Key": "acme-mockserver"}
    page = requests.get(url, params={"limit": 4}, headers=key, timeout=PATIENCE).json()
    assert len(page["audiences"]) == page["nextOffset"] == 4
    made = world.backstage("acme", "create_audience", name="Spring guests")
    assert requests.get(f"{url}/{made['id']}", headers=key, timeout=PATIENCE).json() == made
    statuses = [
        requests.request(method, url + path, headers=headers, timeout=PATIENCE).status_code
        for method, path, headers in (
            ("GET", "", {}),
            ("GET", "?limit=many", key),
            ("GET", "/00000000-0000-4000-8000-000000000000", key),
            ("DELETE", "", key),
        )
    ]
    assert statuses == [401, 400, 404, 405]


@pytest.mark.skipif(find_spec("ruff") is None, reason="needs ruff: the extra dev")
def test_ruff_finds_nothing(scaffolded: Scaffolded) -> None:
    for words in (["check"], ["format", "--check"]):
        stdout_of(scaffolded.checkout.python("ruff", *words, "--no-cache", *PYTHON))


@pytest.mark.skipif(find_spec("mypy") is None, reason="needs mypy: the extra dev")
def test_mypy_finds_nothing(scaffolded: Scaffolded) -> None:
    output = stdout_of(scaffolded.checkout.python("mypy", "--cache-dir", str(ROOT / ".mypy_cache"), *PYTHON))
    assert output == f"Success: no issues found in {len(PYTHON)} source files\n"


@pytest.mark.parametrize(
    ("tests", "least"),
    [(SAMPLE, 20), pytest.param(GENERIC, 40, marks=pytest.mark.thorough)],
    ids=["sample", "all"],
)
def test_parametrized_tests_include_the_vendor(
    scaffolded: Scaffolded, tests: list[str], least: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own tests, generic tests that find it, and architecture tests, with a name that another vendor has.

    In the gate a sample from each folder: to collect all of them takes most of the time.
    """
    # Those of the other vendors would only be imported.
    others = [f"--ignore-glob=*/tests/vendors/test_{one}*" for one in vendors.names()]
    chosen = [
        "-k",
        # Damaged files are those of another vendor that has this name.
        "(acme or knows_no_vendor or import_each or shares_none) and not damaged_file",
        *others,
        *(f"tests/{one}" for one in tests),
    ]
    monkeypatch.setattr(scaffolded.checkout, "environment", {**scaffolded.checkout.environment, **ALONE})
    output = stdout_of(scaffolded.checkout.python("pytest", *PLAIN, *chosen))
    passed = re.findall(r"^PASSED (tests/.+)$", output, re.MULTILINE)
    assert {one.partition("/")[2].partition("/")[0].partition(":")[0] for one in passed} == set(GENERIC)
    assert sum("acme" in one for one in passed) > least
    assert any("core_knows_no_vendor" in one for one in passed)
    assert any("do_not_import_each_other" in one for one in passed)


@pytest.mark.skipif(find_spec("ruff") is None, reason="needs ruff: the extra dev")
def test_names_of_any_length(begun: Checkout) -> None:
    names = {"x7": "Y", "a" * 14 + "_" + "b" * 15: "Å-la.carte & Sons + " + "W" * 20}
    for name, title in names.items():
        new(name, "--title", title)
    written = [
        part for name in names for part in (f"mockserver/vendors/{name}", f"tests/vendors/test_{name}.py")
    ]
    stdout_of(begun.python("ruff", "check", "--no-cache", *written))
    stdout_of(begun.python("ruff", "format", "--check", "--no-cache", *written))
    lint = stdout_of(begun.python("mockserver", "lint", *names))
    assert lint.splitlines() == [f"{name}: nothing found" for name in names]


def test_title_and_host_come_from_the_name(checkout: Checkout) -> None:
    assert "\nCart Abandoners is already served, " in new("cart_abandoners")
    contract = (checkout.folder / "contracts" / "cart_abandoners" / "openapi.yaml").read_text()
    assert "https://api.cart-abandoners.example" in contract


@pytest.fixture(scope="module")
def rejected(scaffolded: Scaffolded) -> dict[tuple[str, ...], "subprocess.CompletedProcess[str]"]:
    """The invalid commands, all carried out; none changes a file."""
    before = scaffolded.checkout.files()
    with scaffolded.checkout.as_own():
        ended = {words: run("new", *words) for words in INVALID}
    assert scaffolded.checkout.files() == before
    return ended


@pytest.mark.parametrize(("words", "reason"), INVALID.items())
def test_invalid_names_are_rejected(
    rejected: dict[tuple[str, ...], "subprocess.CompletedProcess[str]"], words: tuple[str, ...], reason: str
) -> None:
    assert reason in one_line(rejected[words])


@pytest.mark.parametrize("path", ["contracts/acme/notes.md", "mockserver/vendors/acme/auth.py", WRITTEN[-1]])
def test_existing_files_are_kept(checkout: Checkout, path: str) -> None:
    file = checkout.folder / path
    file.parent.mkdir(exist_ok=True)
    file.write_text("existing work")
    there = path if path == WRITTEN[-1] else file.parent.relative_to(checkout.folder).as_posix()
    assert f"{there} exists already" in error_line(checkout, "acme")


def test_nothing_is_written_if_one_file_cannot_be(checkout: Checkout) -> None:
    shutil.rmtree(checkout.folder / "tests" / "vendors")
    (checkout.folder / "tests" / "vendors").write_text("no folder")
    line = error_line(checkout, "acme")
    assert "tests/vendors/test_acme.py (Not a directory); nothing was written" in line


def test_readme_without_table_is_rejected(checkout: Checkout) -> None:
    (checkout.folder / "README.md").write_text("# Ours\n")
    assert "README.md has no table of vendors to add acme to" in error_line(checkout, "acme")


def test_conflicting_credentials_are_rejected(checkout: Checkout) -> None:
    with (checkout.folder / "fixtures" / "credentials.yaml").open("a") as credentials:
        credentials.write("acme:\n  token: t\n")
    assert "credentials.yaml has other credentials of acme; remove them" in error_line(checkout, "acme")


def test_removed_vendor_can_be_scaffolded_again(checkout: Checkout) -> None:
    new("acme")
    first = checkout.files()
    for folder in ("contracts/acme", "mockserver/vendors/acme"):
        shutil.rmtree(checkout.folder / folder)
    (checkout.folder / WRITTEN[-1]).unlink()
    compiled = checkout.folder / "mockserver" / "vendors" / "acme" / "__pycache__"
    compiled.mkdir(parents=True)
    (compiled / "audiences.cpython-311.pyc").write_bytes(b"left behind")
    output = new("acme")
    assert output.count("wrote ") == len(WRITTEN)
    assert "changed " not in output
    assert checkout.files() == first

"""`mockserver new` as it is typed, in a checkout of its own: what it writes is whole at once."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import pytest
import requests

from mockserver.client import Control
from tests.checkout import Checkout
from tests.processes import PATIENCE, one_line

WRITTEN = [
    *(f"contracts/acme/{name}" for name in ("backstage.yaml", "fuzz.toml", "openapi.yaml")),
    "contracts/acme/stories.arazzo.yaml",
    *(f"mockserver/vendors/acme/{name}.py" for name in ("__init__", "audience_records", "audiences")),
    *(f"mockserver/vendors/acme/{name}.py" for name in ("backstage", "population")),
    "tests/vendors/test_acme.py",
]
CHANGED = {
    "README.md": "| `acme` | `/acme` | audiences, a beginning | `X-Api-Key: acme-mockserver` |\n",
    "fixtures/credentials.yaml": "acme:\n  api_key: acme-mockserver\n",
}
GENERIC = ["house", "vendors", "stories", "contract", "verify", "binding"]
FEWEST = 90
"""More tests than these take a vendor that was just begun for one of theirs."""


class Begun(NamedTuple):
    """A checkout before and after `mockserver new`, and what was said."""

    checkout: Checkout
    before: dict[str, bytes]
    after: dict[str, bytes]
    said: str


def new(checkout: Checkout, *words: str) -> str:
    """What a `mockserver new …` says that succeeds."""
    done = checkout.python("mockserver", "new", *words)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def refused(checkout: Checkout, *words: str) -> str:
    """The one line of a `mockserver new …` that leaves everything as it was."""
    before = checkout.files()
    line = one_line(checkout.python("mockserver", "new", *words))
    assert checkout.files() == before
    return line


def fine(done: "subprocess.CompletedProcess[str]") -> str:
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Begun:
    """A vendor that was just begun: nobody has edited anything."""
    checkout = Checkout(tmp_path_factory.mktemp("begun"))
    before = checkout.files()
    said = new(checkout, "acme", "--title", "Acme & Sons")
    return Begun(checkout, before, checkout.files(), said)


@pytest.fixture(scope="module")
def served(begun: Begun) -> Iterator[Control]:
    """It alone, served from there."""
    with begun.checkout.serve("--vendor", "acme") as server:
        try:
            assert server.stdout is not None
            found = re.search(r"ready at (http://\S+)", server.stdout.readline())
            assert found
            yield Control(found[1])
        finally:
            server.terminate()


def test_it_says_what_it_wrote_and_what_is_next(begun: Begun) -> None:
    done, _, after = begun.said.partition("\n\n")
    assert done.splitlines() == [
        *(f"wrote    {path}" for path in WRITTEN),
        *(f"changed  {path}" for path in CHANGED),
    ]
    assert after.startswith("Acme & Sons is served, ")
    assert re.findall(r"^  (\d)\.", after, re.MULTILINE) == ["1", "2", "3"]
    for command in re.findall(r"mockserver ([a-z]+ [a-z -]*acme)", after):
        assert begun.checkout.python("mockserver", *command.split(), "--help").returncode == 0


def test_it_wrote_that_and_nothing_else(begun: Begun) -> None:
    files = {path: content for path, content in begun.after.items() if content}
    assert sorted(files.keys() - begun.before.keys()) == WRITTEN
    differing = {path for path, content in begun.before.items() if begun.after[path] != content}
    assert differing == set(CHANGED)
    for path, lines in CHANGED.items():
        assert lines in begun.after[path].decode()
        assert begun.after[path].decode().replace(lines, "") == begun.before[path].decode()
    assert not [path for path, content in files.items() if path in WRITTEN and b"newcomer" in content.lower()]


def test_the_table_of_vendors_stays_in_order(begun: Begun) -> None:
    rows = re.findall(r"^\| `(\w+)` \| `/\w+` \|", begun.after["README.md"].decode(), re.MULTILINE)
    assert "acme" in rows
    assert rows == sorted(rows)


def test_all_of_it_is_inferred(begun: Begun) -> None:
    told = fine(begun.checkout.python("mockserver", "contract", "acme", "--ledger"))
    assert set(re.findall(r'"source": "(\w+)"', told)) == {"inferred"}


def test_lint_finds_nothing(begun: Begun) -> None:
    assert fine(begun.checkout.python("mockserver", "lint", "acme")) == "acme: nothing found\n"


def test_verify_finds_nothing(begun: Begun) -> None:
    """Its stories, and what the fuzzer tries of it."""
    said = fine(begun.checkout.python("mockserver", "verify", "acme"))
    assert re.search(r"^stories page_through_the_audiences +ok", said, re.MULTILINE)
    assert re.search(r"^acme: nothing new", said, re.MULTILINE), said


def test_it_is_served_alone(served: Control) -> None:
    (vendor,) = served.vendors()
    assert (vendor["name"], vendor["title"]) == ("acme", "Acme & Sons API")
    done = subprocess.run(
        ["bash", "-c", f"{vendor['curl']} --silent --fail"],
        capture_output=True,
        check=False,
        timeout=PATIENCE,
    )
    assert done.returncode == 0


def test_it_answers(served: Control) -> None:
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
def test_ruff_finds_nothing(begun: Begun) -> None:
    for words in (["check"], ["format", "--check"]):
        fine(begun.checkout.python("ruff", *words, "--no-cache", "."))


@pytest.mark.skipif(find_spec("mypy") is None, reason="needs mypy: the extra dev")
def test_mypy_finds_nothing(begun: Begun) -> None:
    python = [path for path in WRITTEN if path.endswith(".py")]
    said = fine(begun.checkout.python("mypy", "--cache-dir", "/dev/null", *python))
    assert said == f"Success: no issues found in {len(python)} source files\n"


def test_every_test_that_takes_all_vendors_takes_it(begun: Begun) -> None:
    """Its own, and those that find it; and two laws that hold for everybody else beside it."""
    chosen = ["-k", "acme or knows_no_vendor or shares_none", "-q", "-rA", "-p", "no:cacheprovider"]
    said = fine(begun.checkout.python("pytest", *chosen, *(f"tests/{one}" for one in GENERIC)))
    passed = re.findall(r"^PASSED (tests/\S+)", said, re.MULTILINE)
    assert {one.partition("/")[2].partition("/")[0].partition(":")[0] for one in passed} == set(GENERIC)
    assert sum("acme" in one for one in passed) > FEWEST
    assert any("core_knows_no_vendor[mockserver.app" in one for one in passed)


@pytest.mark.skipif(find_spec("ruff") is None, reason="needs ruff: the extra dev")
@pytest.mark.parametrize(
    ("name", "title"), [("x7", "Y"), ("a" * 14 + "_" + "b" * 15, "Å-la.carte & Sons + " + "W" * 20)]
)
def test_names_of_any_length_fit(checkout: Checkout, name: str, title: str) -> None:
    new(checkout, name, "--title", title)
    fine(checkout.python("ruff", "check", "--no-cache", "."))
    fine(checkout.python("ruff", "format", "--check", "--no-cache", "."))
    assert fine(checkout.python("mockserver", "lint", name)) == f"{name}: nothing found\n"


def test_a_name_becomes_a_title_and_a_host(checkout: Checkout) -> None:
    assert "\nCart Abandoners is served, " in new(checkout, "cart_abandoners")
    contract = (checkout.folder / "contracts" / "cart_abandoners" / "openapi.yaml").read_text()
    assert "https://api.cart-abandoners.example" in contract


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["Acme"], "'Acme' is no name for a vendor's package; write a letter, then letters"),
        (["7up"], "'7up' is no name"),
        (["acme-mail"], "'acme-mail' is no name"),
        (["acme__mail"], "'acme__mail' is no name"),
        (["acme\n"], "is no name"),
        (["../acme"], "'../acme' is no name"),
        (["a" * 31], "30 at most"),
        (["nonlocal"], "'nonlocal' is no name"),
        (["acme", "--title", "Acme: mail"], "'Acme: mail' is no title; write at most 40 letters"),
        (["acme", "--title", '"""'], "is no title"),
        (["acme", "--title", "A" * 41], "is no title"),
        (["ortto"], "contracts/ortto is there, and nothing is overwritten; choose another name than ortto"),
        (["control"], "contracts/control is there"),
        (["limits"], "tests/vendors/test_limits.py is there"),
        (
            ["iterable"],
            "says 'iterable', and nothing but a vendor itself may name it; choose another name, such",
        ),
        (["census"], ".py says 'census', and nothing but a vendor"),
        ([], "see `mockserver new --help`"),
    ],
)
def test_what_is_refused(begun: Begun, words: list[str], reason: str) -> None:
    assert reason in refused(begun.checkout, *words)


@pytest.mark.parametrize("path", ["contracts/acme/notes.md", "mockserver/vendors/acme/auth.py", WRITTEN[-1]])
def test_a_file_that_is_there_is_kept(checkout: Checkout, path: str) -> None:
    file = checkout.folder / path
    file.parent.mkdir(exist_ok=True)
    file.write_text("somebody's work")
    there = path if path == WRITTEN[-1] else file.parent.relative_to(checkout.folder).as_posix()
    assert f"{there} is there" in refused(checkout, "acme")


def test_where_one_cannot_be_written_none_is(checkout: Checkout) -> None:
    shutil.rmtree(checkout.folder / "tests" / "vendors")
    (checkout.folder / "tests" / "vendors").write_text("no folder")
    line = refused(checkout, "acme")
    assert "tests/vendors/test_acme.py cannot be written (Not a directory), so nothing was" in line


def test_a_page_without_the_table_is_refused(checkout: Checkout) -> None:
    (checkout.folder / "README.md").write_text("# Ours\n")
    assert "README.md has no table of vendors to name acme in" in refused(checkout, "acme")


def test_other_credentials_of_it_are_refused(checkout: Checkout) -> None:
    with (checkout.folder / "fixtures" / "credentials.yaml").open("a") as credentials:
        credentials.write("acme:\n  token: t\n")
    assert "credentials.yaml has other credentials of acme; take them out" in refused(checkout, "acme")


def test_one_that_was_removed_can_be_begun_again(checkout: Checkout) -> None:
    new(checkout, "acme")
    first = checkout.files()
    for folder in ("contracts/acme", "mockserver/vendors/acme"):
        shutil.rmtree(checkout.folder / folder)
    (checkout.folder / WRITTEN[-1]).unlink()
    compiled = checkout.folder / "mockserver" / "vendors" / "acme" / "__pycache__"
    compiled.mkdir(parents=True)
    (compiled / "audiences.cpython-311.pyc").write_bytes(b"left behind")
    said = new(checkout, "acme")
    assert said.count("wrote ") == len(WRITTEN)
    assert "changed " not in said
    assert checkout.files() == first


def test_an_own_vendor_may_have_a_name_that_another_vendor_says(checkout: Checkout) -> None:
    """Fanfare imports the lists of Klaviyo; the laws of the house let it say so."""
    new(checkout, "klaviyo")
    laws = [
        "-q",
        "-p",
        "no:cacheprovider",
        "tests/house/test_imports.py",
        "-k",
        "knows_no_vendor or import_each",
    ]
    fine(checkout.python("pytest", *laws))

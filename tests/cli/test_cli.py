"""The command line in real processes, with real sockets and signals."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from mockserver import __version__, cli, vendors
from mockserver.cli.greeting import reachable_url
from mockserver.client import Control
from mockserver.contract.contract import Contract
from mockserver.contract.lint.document_walker import Diagnostic
from mockserver.verify import vendor_lint
from tests import audiences
from tests.processes import PATIENCE, Served, Shell, on_terminal, one_line, refuse, run


@pytest.fixture(scope="module")
def served(serve: Callable[..., Served]) -> Served:
    """One server for the tests of this module, in a process of its own."""
    return serve()


def curls(served: Served) -> dict[str, str]:
    """The printed curl of each vendor."""
    found: dict[str, str] = {}
    vendor = ""
    for line in served.printed.splitlines():
        if place := re.match(r"  (\w+) +http://", line):
            vendor = place[1]
        if line.strip().startswith("curl "):
            found[vendor] = line.strip()
    return found


def test_serve_prints_urls_and_credentials(served: Served) -> None:
    assert served.printed.startswith(f"mockserver {__version__} is ready at {served.url} ")
    assert f"{served.url}/ortto" in served.printed
    assert "api_key=PRK-mockserver" in served.printed
    assert served.errors.read_text() == ""


def test_printed_curls_work(served: Served) -> None:
    vendors = [vendor["name"] for vendor in Control(served.url).vendors()]
    assert list(curls(served)) == vendors
    for vendor, curl in [*curls(served).items()] * 2:  # more than once, also where a signature is valid once
        shell = f"{curl} -s -o /dev/null -w '%{{http_code}}' --max-time 10"
        answer = subprocess.run(
            ["bash", "-c", shell], capture_output=True, text=True, timeout=PATIENCE, check=True
        )
        assert re.fullmatch("2[0-9][0-9]", answer.stdout), (vendor, curl, answer)


def test_sign_prints_the_headers_of_one_call(served: Served) -> None:
    world = Control(served.url).create_world("signed", people=3)
    url = world.url("spotler") + "/integrationservice/contact/properties/list?x=1"
    first, second = run("sign", "get", url).stdout, run("sign", "GET", url).stdout
    assert first.startswith("Authorization: OAuth oauth_nonce=")
    assert first != second
    for line in (first, second):
        headers = {"Authorization": line.strip().partition(": ")[2]}
        assert requests.get(url, headers=headers, timeout=PATIENCE).status_code == 200
    as_json = run("sign", "POST", f"{served.url}/ortto/v1/audiences/get", "--format", "json").stdout
    assert json.loads(as_json) == {"X-Api-Key": "PRK-mockserver"}
    assert "log in first" in one_line(run("sign", "GET", world.url("digitalaudience") + "/audience/list"))
    assert "write it like http" in one_line(run("sign", "GET", "nonsense"))
    assert "unknown world 'nosuch'" in one_line(run("sign", "GET", f"{served.url}/w/nosuch/ortto/x"))
    assert "unknown vendor 'nosuch'" in one_line(run("sign", "GET", f"{served.url}/nosuch"))


def test_the_console_is_named(served: Served) -> None:
    assert f"  console  {served.url}/\n" in served.printed
    assert "other machines" not in served.printed


def test_the_address_for_other_machines_is_named(served: Served) -> None:
    assert "token" not in served.printed
    assert reachable_url(["127.0.0.1", "localhost"], 80) is None
    assert reachable_url(["127.0.0.1", "192.0.2.7"], 4700) == "http://192.0.2.7:4700"
    assert reachable_url(["::"], 4700) == reachable_url(["0.0.0.0"], 4700) == reachable_url([""], 4700)  # noqa: S104
    everywhere = reachable_url(["0.0.0.0"], 4700) or ""  # noqa: S104
    assert re.fullmatch(r"http://[^/]+:4700", everywhere)
    assert "0.0.0.0" not in everywhere  # noqa: S104


def test_printed_call_is_journalled(served: Served, mocks: Shell) -> None:
    subprocess.run(["bash", "-c", curls(served)["ortto"]], timeout=PATIENCE, check=True, capture_output=True)
    assert "/ortto/v1/audiences/get" in mocks("journal", "--vendor", "ortto").stdout


def test_rate_limits_apply_to_the_default_world(served: Served) -> None:
    control = Control(served.url)
    assert control.world().settings()["limits"] is True
    assert control.create_world(name="other").settings()["limits"] is False


def test_serve_options_for_seed_people_vendor_and_limits(serve: Callable[..., Served]) -> None:
    served = serve("--seed", "7", "--people", "5", "--vendor", "ortto", "--no-limits")
    world = Control(served.url).world()
    assert (world.seed, world.people, world.vendors) == (7, 5, ["ortto"])
    assert world.settings()["limits"] is False
    assert served.stop() == 0


def test_serve_starts_fast(served: Served) -> None:
    # The processor's time, which other processes hardly change. The figure itself is the benchmark's.
    fields = Path(f"/proc/{served.process.pid}/stat").read_text().rpartition(")")[2].split()
    ticks = int(fields[11]) + int(fields[12])
    assert ticks / os.sysconf("SC_CLK_TCK") < 8


def test_serve_keeps_worlds_in_a_sqlite_file(serve: Callable[..., Served], tmp_path: Path) -> None:
    options = ("--people", "5", "--vendor", "ortto", "--store", f"sqlite:///{tmp_path}/worlds.db")
    before = serve(*options)
    world = Control(before.url).create_world("kept", people=5)
    audiences.add(world, "Lasting")
    assert before.stop() == 0
    after = Control(serve(*options).url).world("kept")
    assert after.credentials("ortto") == world.credentials("ortto")
    assert audiences.names(after)[0] == "Lasting"


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_serve_shuts_down_cleanly(serve: Callable[..., Served], how: signal.Signals) -> None:
    served = serve("--people", "5", "--vendor", "ortto")
    with requests.Session() as kept_open:
        kept_open.get(f"{served.url}/_mock/health", timeout=PATIENCE)
        assert served.stop(how) == 0
    assert served.errors.read_text() == ""
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{served.url}/_mock/health", timeout=PATIENCE)


def test_port_in_use_is_one_line_with_the_fix() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        line = one_line(run("serve", "--port", str(port)))
    assert str(port) in line
    assert "--port" in line


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["serve", "--vendor", "orto"], "unknown vendor 'orto' (available: "),
        (["serve", "--scenario", "nosuch"], "nosuch"),
        (["serve", "--port", "x"], "--port"),
        (["serve", "--store", "mysql://x"], "sqlite:///"),
        (["serve", "--store", "sqlite:////nosuch/folder/worlds.db"], "/nosuch/folder/worlds.db"),
        (["serve", "--host", "nosuch.invalid"], "nosuch.invalid"),
        (["nosuch"], "nosuch"),
        (["routes", "orto"], "unknown vendor 'orto' (available: "),
        (["lint", "orto"], "unknown vendor 'orto' (available: "),
        (["contract", "orto"], "unknown vendor 'orto' (available: "),
        (["clock", "--advance", "soon"], "soon"),
        (["faults", "add", "drop_after", "--times", "often"], "always"),
        (["faults", "add", "drop_after", "--where", "/name"], "/name=VIP"),
        (["settings", "--rate", "ortto=3"], "VENDOR.NAME=VALUE"),
        (["worlds", "--url", "http://127.0.0.1:9", "list"], "mockserver serve"),
        (["journal", "--url", "nonsense"], "nonsense"),
    ],
)
def test_errors_are_one_line(arguments: list[str], words: str) -> None:
    started = refuse if arguments[0] == "serve" else run
    assert words in one_line(started(*arguments))


def test_version_and_help() -> None:
    assert run("--version").stdout == f"mockserver {__version__}\n"
    helped = run("--help")
    assert helped.returncode == 0
    assert run().stdout == helped.stdout
    assert "..." not in helped.stdout.partition("Options:")[2], "a line is cut off"
    groups = helped.stdout.split("\n\n")[3:]
    listed = {
        title.rstrip(":"): [row.split()[0] for row in rows if not row.startswith("   ")]
        for title, *rows in (group.rstrip().split("\n") for group in groups)
    }
    assert listed == cli.command_groups()
    assert listed["Verify against contracts"] == ["verify", "watch", "check", "diff"]


def test_routes_lists_operations(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    assert re.search(r"ortto +POST +/v1/audiences/get +get_audiences", on_terminal("routes", "ortto"))
    routes = json.loads(run("routes").stdout)
    assert ["ortto", "POST", "/v1/audiences/get", "get_audiences"] in [[*one.values()][:4] for one in routes]


def test_contract_prints_yaml_or_json(tmp_path: Path) -> None:
    as_json = json.loads(run("contract", "ortto", "--format", "json").stdout)
    assert as_json["paths"]["/v1/audiences/get"]["post"]["operationId"] == "get_audiences"
    assert "operationId: get_audiences" in run("contract", "ortto").stdout


@pytest.mark.parametrize("option", ["--provenance", "--ledger"])
def test_provenance_lists_every_source(option: str) -> None:
    entries = json.loads(run("contract", "ortto", option).stdout)
    (found,) = [one for one in entries if (one["kind"], one["name"]) == ("problem", "forbidden")]
    assert (found["source"], found["own"]) == ("inferred", True)


def test_provenance_on_a_terminal_ends_with_counts(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shelf = Path(__file__).parents[1] / "contract" / "shelf.yaml"
    monkeypatch.setattr("mockserver.cli.contracts._read", lambda vendor, _overlays: Contract.read(shelf))
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "250")
    with pytest.raises(SystemExit) as left:
        cli.main(["contract", "shelf", "--provenance"])
    heads, *rows, last = capsys.readouterr().out.splitlines()
    assert (left.value.code, "documented or observed at" in heads) == (0, True)
    cells = [re.split(r" {2,}", row.strip()) for row in rows]
    guide = "https://shelf.example/docs/books"
    both = f"{guide}, github.com/shelf/client tests/recordings"
    assert ["operation", "create_book", "docs", "own", both, "/paths/~1books/post"] in cells
    isbn = "/components/schemas/Book/properties/isbn"
    assert ["property", "isbn", "docs", "inherited", guide, isbn] in cells
    sources = Counter(row[2] for row in cells)
    assert last == f"{len(rows)} rules: " + ", ".join(
        f"{sources[source]} {source}" for source in ("seed", "docs", "observed", "inferred")
    )


def test_lint_exits_with_1_if_anything_is_wrong(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = Diagnostic("ortto/openapi.yaml#/info", "has no title", "give it one")
    monkeypatch.setattr("mockserver.verify.vendor_lint.lint_vendor", lambda _name, **_options: [found])
    with pytest.raises(SystemExit) as left:
        cli.main(["lint", "ortto"])
    assert left.value.code == 1
    assert capsys.readouterr().out == f"{found}\nortto: 1 found\n"


def test_lint_without_names_is_that_of_all_contracts(monkeypatch: pytest.MonkeyPatch) -> None:
    linted: list[str] = []

    def lint_vendor(name: str, **_options: object) -> list[Diagnostic]:
        linted.append(name)
        return []

    monkeypatch.setattr(vendor_lint, "lint_vendor", lint_vendor)
    finished = run("lint")
    assert (finished.returncode, finished.stderr) == (0, "")
    assert finished.stdout.splitlines() == [f"{name}: nothing found" for name in linted]
    assert {*vendors.names(), "control"} <= {*linted}


def test_journal_as_table_and_as_json(served: Served, mocks: Shell) -> None:
    mocks("worlds", "create", "talkative", "--people", "4")
    world = Control(served.url).world("talkative")
    requests.post(
        f"{world.url('ortto')}/v1/audience/get", headers=world.headers("ortto"), json={}, timeout=PATIENCE
    )
    (shown,) = json.loads(mocks("journal", "talkative", "--flawed").stdout)
    assert shown["nearest"] == "POST /v1/audiences/get (get_audiences)"
    full = mocks("journal", "talkative", "--full").stdout
    assert "unknown path: POST /ortto/v1/audience/get" in full
    assert "nearest:  POST /v1/audiences/get (get_audiences)" in full
    exchanges = json.loads(mocks("journal", "talkative", "--json").stdout)
    assert [one["call"]["path"] for one in exchanges] == ["/v1/audience/get"]
    assert json.loads(mocks("journal", "talkative", "--operation", "get_audiences", "--json").stdout) == []


def test_client_commands_do_not_import_the_server() -> None:
    code = (
        "import sys; from mockserver.cli import mockserver as cli; cli.get_command(None, 'clock'); "
        "unwanted = {'flask', 'faker', 'jsonschema', 'yaml', 'asyncio', 'httptools', 'rich'}; "
        "print(sorted(unwanted & sys.modules.keys()))"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=PATIENCE, check=True
    )
    assert loaded.stdout == "[]\n"

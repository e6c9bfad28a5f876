"""`mockserver run -- COMMAND`: environment, proxy, signals, exit codes and the report."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.processes import PATIENCE, one_line, refuse, run
from tests.transports.faulty_servers import BODY, socket_server

PYTHON = """
import json, os, urllib.request
import httpx, requests
url = "https://api.ap3api.com/v1/audiences/get"
headers = {"X-Api-Key": os.environ["KEY"], "Content-Type": "application/json"}
assert requests.post(url, json={}, headers=headers, timeout=20).status_code == 200
assert httpx.post(url, json={}, headers=headers).status_code == 200
call = urllib.request.Request(url, b"{}", headers)
assert urllib.request.urlopen(call, timeout=20).status == 200
assert requests.post(url + "x", json={}, headers=headers, timeout=20).status_code == 404
try:
    requests.get("https://api.example.com/", timeout=20)
except requests.exceptions.ProxyError as error:
    assert "Not a vendor's host" in str(error)
print(json.dumps(dict(os.environ)))
"""


@pytest.fixture(autouse=True)
def data_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


def test_a_strict_run_of_python_clients(tmp_path: Path) -> None:
    har, journal, page = (tmp_path / name for name in ("calls.har", "calls.json", "coverage.json"))
    reports = ["--har", str(har), "--journal", str(journal), "--coverage", str(page), "--fail-under", "99"]
    ignored = ["--coverage-ignore", "ortto/merge_people", "--coverage-ignore", "ortto/merge_person"]
    options = ["--strict", *reports, *ignored, "--env", "KEY=ortto.api_key"]
    done = run("run", "--vendor", "ortto", "--people", "3", *options, "--", sys.executable, "-c", PYTHON)
    assert done.returncode == 1, done.stderr
    for part in (
        "/v1/audiences/getx",
        "refused 1 × api.example.com:443",
        "vendor  operations",
        "below the minimum of 99 %",
        "ortto/merge_person is to be left out of coverage, but matches no operation",
    ):
        assert part in done.stderr
    given = json.loads(done.stdout)
    assert given["MOCKSERVER_ORTTO_API_KEY"] == given["KEY"] == "PRK-mockserver"
    assert given["MOCKSERVER_ORTTO_URL"] == f"{given['MOCKSERVER_URL']}/ortto"
    assert given["MOCKSERVER_WORLD"] == "default"
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy"):
        assert given[name] == given["MOCKSERVER_URL"]
    assert given["no_proxy"] == given["NO_PROXY"] == "localhost,127.0.0.1,::1"
    entries = json.loads(journal.read_text())
    assert [one["reply"]["status"] for one in entries] == [200, 200, 200, 404]
    assert {one["world"] for one in entries} == {"default"}
    assert len(json.loads(har.read_text())["log"]["entries"]) == 4
    covered = json.loads(page.read_text())
    assert covered["vendors"]["ortto"]["operation"]["covered"] >= 1
    assert "merge_people" not in {item["operation"] for item in covered["items"]}
    assert not Path(given["SSL_CERT_FILE"]).exists(), "the files of the run are gone"


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (["sh", "-c", "exit 3"], 3),
        (["sh", "-c", "kill -KILL $$"], 137),
        (["no-such-program"], 127),
        (["/"], 126),
    ],
)
def test_the_exit_code_is_the_commands(command: list[str], code: int) -> None:
    done = run("run", "--vendor", "ortto", "--people", "1", "--strict", "--", *command)
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.count("\n") == (code in (126, 127))


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", pytest.param("SIGHUP", marks=pytest.mark.thorough)])
def test_signals_are_passed_on(name: str, tmp_path: Path) -> None:
    number = signal.Signals[name]  # Windows has no SIGHUP
    ready = tmp_path / "ready"
    script = f"trap 'exit 7' {name.removeprefix('SIG')}; : > {ready}; while :; do sleep 0.05; done"
    words = [
        sys.executable,
        "-m",
        "mockserver",
        "run",
        "--vendor",
        "ortto",
        "--people",
        "1",
        "--",
        "sh",
        "-c",
        script,
    ]
    with subprocess.Popen(
        words, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(number, signal.SIG_DFL),  # a shell cannot trap what `nohup` ignores
    ) as process:  # fmt: skip
        try:
            deadline = time.monotonic() + PATIENCE
            while not ready.exists() and time.monotonic() < deadline:
                time.sleep(0.01)
            os.kill(process.pid, number)
            assert process.wait(PATIENCE) == 7
        finally:
            process.kill()


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (["--env", "KEY=ortto.nope"], "--env knows no 'ortto.nope' (available: ortto.url, ortto.api_key)"),
        (["--env", "KEY"], "write NAME=VENDOR.FIELD"),
        (["--fail-under", "operations"], "use PERCENT (0 to 100)"),
        (["--host-map", "x.example"], "is not HOST=VENDOR"),
        (["--host-map", "x.example=nope"], "unknown vendor 'nope'"),
    ],
)
def test_unusable_options_are_one_line(options: list[str], line: str) -> None:
    assert line in one_line(refuse("run", "--vendor", "ortto", "--people", "1", *options, "--", "true"))


PER_TEST = """
import json, os, sys, urllib.request as http

def status(url, **headers):
    call = http.Request(url, b"{}", {"Content-Type": "application/json", **headers})
    try:
        with http.urlopen(call, timeout=20) as reply:
            return reply.status
    except http.HTTPError as error:
        return error.code

server, (header, host) = os.environ["MOCKSERVER_URL"], sys.argv[1:]
port = server.rpartition(":")[2]
for name in ("one", "two"):
    body = json.dumps({"name": name, "people": 1}).encode()
    call = http.Request(server + "/_mock/worlds", body, {"Content-Type": "application/json"})
    made = json.load(http.urlopen(call, timeout=20))
    key = made["vendors"]["ortto"]["credentials"]["api_key"]
    named, own = host.replace("NAME.VENDOR", name + ".ortto"), "https://api.ap3api.com"
    local = "http://" + named.replace(".test", ".localhost") + ":" + port
    path = "/v1/audiences/get"
    print(status(own + path, **{"X-Api-Key": key}), status(own + path, **{header: name}),
          status("https://" + named + path, **{"X-Api-Key": key}), status(local + path, **{"X-Api-Key": key}))
"""


def test_its_help_gives_each_test_a_world(tmp_path: Path) -> None:
    told = run("run", "--per-test").stdout
    [header] = re.findall(r"header (\S+): NAME", told)
    [host] = re.findall(r"NAME\.VENDOR\S+\.test\b", told)
    script = ["--", sys.executable, "-c", PER_TEST, header, host]
    journal = tmp_path / "calls.json"
    done = run("run", "--vendor", "ortto", "--people", "1", "--journal", str(journal), *script)
    assert done.stdout.splitlines() == ["200 401 200 200"] * 2, done.stderr
    assert [one["world"] for one in json.loads(journal.read_text())] == ["one"] * 4 + ["two"] * 4


LOSING = """
import json, os, urllib.request as http
server = os.environ["MOCKSERVER_URL"]

def call(method, url, body=None, headers={}):
    data = None if body is None else json.dumps(body).encode()
    request = http.Request(url, data, {"Content-Type": "application/json", **headers}, method=method)
    try:
        return json.loads(http.urlopen(request, timeout=20).read() or "null")
    except http.HTTPError as error:
        error.close()

def ask(world, path):
    made = call("GET", server + "/_mock/worlds/" + world)
    headers = {"X-Api-Key": made["vendors"]["ortto"]["credentials"]["api_key"]}
    call("POST", made["vendors"]["ortto"]["url"] + path, {}, headers)

for end, name in (("", "one"), ("/journal", "two"), ("/reset", "get")):
    call("POST", server + "/_mock/worlds", {"name": "short-lived", "people": 1})
    ask("short-lived", "/v1/audiences/" + name)
    call("DELETE", server + "/_mock/worlds/short%2Dlived/nothing")
    call("POST", server + "/_mock/worlds/short-lived/reset", {"vendor": "ortto"})
    call("POST" if end == "/reset" else "DELETE", server + "/_mock/worlds/short%2Dlived" + end)
    call("DELETE", server + "/_mock/worlds/short-lived")
ask("default", "/v1/audiences/last")
call("POST", server + "/_mock/worlds/default/reset", {})
"""


def test_calls_in_worlds_that_are_gone_count(tmp_path: Path) -> None:
    """Of a deleted world, of a cleared journal, of a reset world: each once."""
    har, journal, page = (tmp_path / name for name in ("calls.har", "calls.json", "coverage.json"))
    options = ["--strict", "--har", str(har), "--journal", str(journal), "--coverage", str(page)]
    script = ["--", sys.executable, "-c", LOSING]
    done = run("run", "--vendor", "ortto", "--people", "1", *options, *script)
    assert (done.returncode, done.stdout) == (1, ""), done.stderr
    entries = json.loads(journal.read_text())
    told = [(one["world"], one["call"]["path"].rpartition("/")[2]) for one in entries]
    assert told == [*(("short-lived", name) for name in ("one", "two", "get")), ("default", "last")]
    assert len(json.loads(har.read_text())["log"]["entries"]) == 4
    for name in ("one", "two", "last"):
        assert done.stderr.count(f"/v1/audiences/{name} -> 404") == 1
    assert json.loads(page.read_text())["vendors"]["ortto"]["operation"]["covered"] == 1
    assert run("run", "--vendor", "ortto", "--people", "1", "--strict", *script).returncode == 1


PASSING = """
import sys, requests, socket, os
port = int(sys.argv[1])
for _ in range(2):
    try:
        reply = requests.get(f"http://127.0.0.2:{port}/whole", timeout=20)
        print(reply.status_code, reply.text)
    except requests.ConnectionError as error:
        print(error)
proxy = os.environ["HTTPS_PROXY"].rpartition(":")[2]
with socket.create_connection(("127.0.0.1", int(proxy))) as tunnel:
    tunnel.sendall(f"CONNECT 127.0.0.2:{port} HTTP/1.1\\r\\n\\r\\n".encode())
    line = tunnel.recv(1000)
    if b" 200 " in line:
        tunnel.sendall(b"GET /whole HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n")
        line = b"".join(iter(lambda: tunnel.recv(1000), b""))
    print(line.decode())
"""


@pytest.mark.parametrize("passes", [["--pass", "127.0.0.2"], []])
def test_a_host_that_may_pass_is_reached_and_no_other(passes: list[str]) -> None:
    """In an absolute request and through a tunnel; another address of this machine is the other host."""
    with socket_server("127.0.0.2") as url:
        port = url.rpartition(":")[2]
        words = [*passes, "--", sys.executable, "-c", PASSING, port]
        done = run("run", "--vendor", "ortto", "--people", "1", *words)
    assert done.returncode == 0, done.stderr
    if passes:
        assert done.stdout.count(f"200 {BODY.decode()}") == 2
        assert done.stdout.rstrip().endswith(BODY.decode())
        assert done.stderr == ""
    else:
        assert BODY.decode() not in done.stdout
        assert done.stdout.count(" 403 ") == 1
        assert f"refused 3 × 127.0.0.2:{port} (see --pass, --host-map)" in done.stderr

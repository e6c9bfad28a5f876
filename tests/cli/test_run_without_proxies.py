"""Clients that read no proxy from the environment, through `mockserver run`: of Python and of Node."""

import json
import shutil
import socket
import sys
from pathlib import Path

import pytest

from mockserver.cli.python_preload import Connections
from tests.processes import run

PYTHON = """
import asyncio, http.client, json, os, socket, ssl, sys
import aiohttp, httpx, sitecustomize, urllib3

HOST, PATH = "api.ap3api.com", "/v1/audiences/get"
HEADERS = {"X-Api-Key": os.environ["KEY"], "Content-Type": "application/json"}
CALL = ("POST", f"https://{HOST}{PATH}")

async def by_aiohttp():
    async with aiohttp.ClientSession(headers=HEADERS) as session, session.request(*CALL, data="{}") as reply:
        return reply.status

def by_http_client():
    line = http.client.HTTPSConnection(HOST, timeout=20)
    line.request("POST", PATH, "{}", HEADERS)
    return line.getresponse().status

def by_a_socket():
    address = socket.getaddrinfo(HOST.encode(), None, socket.AF_INET)[0][4][0]
    with socket.create_connection((address, 443), timeout=20) as line:
        with ssl.create_default_context().wrap_socket(line, server_hostname=HOST) as secure:
            secure.sendall(f"GET {PATH} HTTP/1.1\\r\\nHost: {HOST}\\r\\n\\r\\n".encode())
            return int(secure.recv(12).split()[1])

def refusal(attempt):
    try:
        return attempt()
    except Exception as error:
        return str(error)

other = ("api.example.com", 443)
with socket.socket() as line:
    print(json.dumps({
        "aiohttp": asyncio.run(by_aiohttp()),
        "http.client": by_http_client(),
        "urllib3": urllib3.request(*CALL, body="{}", headers=HEADERS, timeout=20).status,
        "httpx": httpx.Client(trust_env=False, verify=os.environ["SSL_CERT_FILE"]).request(
            *CALL, content="{}", headers=HEADERS).status_code,
        "socket": by_a_socket(),
        "other": refusal(lambda: socket.create_connection(other)),
        "address": refusal(lambda: line.connect(("192.0.2.1", 443))),
        "code": line.connect_ex(("192.0.2.1", 443)),
        "own": bool(socket.getaddrinfo(socket.gethostname(), 80)),
        "hidden": sitecustomize.HIDDEN,
    }))
"""

NODE = """
const calls = ['https://api.example.com/', 'https://[2001:db8::1]:8443/']
for (const one of calls) await fetch(one).catch((error) => console.log(error.cause.message))
"""


@pytest.fixture(autouse=True)
def data_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


def test_clients_of_python_are_led_or_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sitecustomize.py").write_text("HIDDEN = 'runs too'\n", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    options = ["--vendor", "ortto", "--people", "1", "--env", "KEY=ortto.api_key"]
    done = run("run", *options, "--", sys.executable, "-c", PYTHON)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    statuses = [found[name] for name in ("aiohttp", "http.client", "urllib3", "httpx", "socket")]
    assert statuses == [200, 200, 200, 200, 401]
    line = "mockserver run does not connect to {}, which is not a vendor's host; name its vendor"
    assert line.format("api.example.com:443") in found["other"]
    assert line.format("192.0.2.1:443") in found["address"]
    assert (found["code"], found["own"], found["hidden"]) == (111, True, "runs too")
    assert "refused 1 × api.example.com:443 (see --pass, --host-map)" in done.stderr
    assert "refused 2 × 192.0.2.1:443 (see --pass, --host-map)" in done.stderr


def test_a_passed_name_is_reached_at_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as line:
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.1", 5432))]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_words: found)
        connections = Connections(9, [r"api\.example\.net"], [".example.com"])
        with pytest.raises(ConnectionRefusedError, match=r"does not connect to db\.example\.org:5432"):
            connections.look_up("db.example.org", 5432)
        with pytest.raises(ConnectionRefusedError, match=r"does not connect to 192\.0\.2\.1:5432"):
            connections.target(line, ("192.0.2.1", 5432))
        assert connections.look_up(b"DB.example.com.", 5432) == found
        assert connections.target(line, ("192.0.2.1", 5432)) == ("192.0.2.1", 5432)
        assert connections.target(line, ("api.example.net", 443)) == ("127.0.0.1", 9)
        assert connections.target(line, "/run/a.socket") == "/run/a.socket"
        with socket.socket(type=socket.SOCK_DGRAM) as datagrams:  # connected to, they find an own address
            assert connections.target(datagrams, ("192.0.2.7", 9)) == ("192.0.2.7", 9)


def test_what_node_does_not_reach_is_counted(tmp_path: Path) -> None:
    if shutil.which("node") is None:
        pytest.skip("node is not installed")
    script = tmp_path / "client.mjs"
    script.write_text(NODE, encoding="utf-8")
    done = run("run", "--vendor", "ortto", "--people", "1", "--", "node", str(script))
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.splitlines()
    assert first.startswith("mockserver run does not connect to api.example.com:443, which is not a vendor's")
    assert "[2001:db8::1]:8443" in second
    assert "refused 1 × api.example.com:443" in done.stderr
    assert "refused 1 × [2001:db8::1]:8443" in done.stderr

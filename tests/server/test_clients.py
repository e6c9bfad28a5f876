"""The server as clients see it: requests, httpx, aiohttp, curl and node; over TLS; and with uvloop."""

import asyncio
import json
import shutil
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import aiohttp
import httpx
import pytest
import requests

from mockserver.server.http_server import Server, fast_loop_factory
from tests.server.wire import PATIENCE, serving

BODY = {"name": "å" * 100_000}


@pytest.fixture(scope="module", params=["asyncio", "uvloop"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    factory = None
    if request.param == "uvloop":
        pytest.importorskip("uvloop")
        factory = fast_loop_factory()
        assert factory is not None
    with serving(loop_factory=factory) as server:
        yield server


def with_requests(url: str) -> list[int]:
    with requests.Session() as session:
        sent = [session.post(url, json=BODY, timeout=PATIENCE) for _ in range(3)]
        sent.append(session.post(url, data=iter([b"a", b"b"]), timeout=PATIENCE))
        assert sent[-1].json()["body"] == "ab"
        return [reply.status_code for reply in sent]


def with_httpx(url: str) -> list[int]:
    with httpx.Client(timeout=PATIENCE) as client:
        return [client.post(url, json=BODY).status_code for _ in range(3)]


def with_aiohttp(url: str) -> list[int]:
    async def call() -> list[int]:
        async with aiohttp.ClientSession() as session:
            found = []
            for _ in range(3):
                async with session.post(url, json=BODY, expect100=True) as reply:
                    await reply.read()
                    found.append(reply.status)
            return found

    return asyncio.run(call())


def with_curl(url: str) -> list[int]:
    """Asks before it sends (more than a megabyte), and offers HTTP/2."""
    curl = program("curl")
    command = [curl, "-sS", "--http2", "-o", "-", "-w", "\n%{http_code}", "--data-binary", "@-", url, url]
    done = subprocess.run(command, input=bytes(2 << 20), capture_output=True, timeout=PATIENCE, check=True)
    return [int(line) for line in done.stdout.split(b"\n") if line.isdigit()]


def with_node(url: str) -> list[int]:
    node = program("node")
    script = """
        const [url, body] = process.argv.slice(1);
        const sent = [];
        for (let i = 0; i < 3; i++) {
            const reply = await fetch(url, {method: "POST", body});
            await reply.json();
            sent.push(reply.status);
        }
        console.log(JSON.stringify(sent));
    """
    command = [node, "--input-type=module", "-e", script, url, json.dumps(BODY)[:50_000]]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 0, done.stderr
    return list(json.loads(done.stdout))


def program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def test_requests(server: Server) -> None:
    assert with_requests(server.url) == [200] * 4


@pytest.mark.parametrize("client", [with_httpx, with_aiohttp, with_curl, with_node])
def test_other_clients(client: Callable[[str], list[int]], server: Server) -> None:
    assert set(client(f"{server.url}/a")) == {200}


# TLS


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a certificate for localhost, which has signed itself, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    command = [program("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    command += ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    command += ["-keyout", f"{folder}/key.pem", "-out", f"{folder}/certificate.pem"]
    subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE)
    return folder / "certificate.pem"


@pytest.fixture
def secure(certificate: Path) -> Iterator[Server]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate.parent / "key.pem")
    with serving(ssl_context=context) as server:
        yield server


def test_calls_over_tls(secure: Server, certificate: Path) -> None:
    assert secure.url.startswith("https://")
    before = threading.active_count()
    with requests.Session() as session:
        for _ in range(3):
            told = session.post(secure.url, json=BODY, verify=str(certificate), timeout=PATIENCE).json()
            assert told["base"] == secure.url
        large = session.get(f"{secure.url}/large", verify=str(certificate), timeout=PATIENCE)
        assert len(large.content) == 8 << 20
        assert threading.active_count() == before


def test_the_same_port_speaks_http_too(secure: Server, certificate: Path) -> None:
    assert requests.get(secure.url.replace("https", "http"), timeout=PATIENCE).json()["base"] == (
        secure.url.replace("https", "http")
    )
    assert requests.get(secure.url, verify=str(certificate), timeout=PATIENCE).ok


# Import


def test_an_import_starts_nothing() -> None:
    code = (
        "import sys, threading, signal; before = signal.getsignal(signal.SIGTERM); "
        "import mockserver.server.http_server, mockserver.server.prefork; "
        "print('uvloop' in sys.modules, threading.active_count(), signal.getsignal(signal.SIGTERM) == before)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "1", "True"]

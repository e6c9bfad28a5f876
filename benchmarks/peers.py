"""Other mock servers, Prism and WireMock, serving the replies of this one: same bytes, paths and methods.

They are installed from npm into `.benchmarks/peers`, which git ignores, when `--peers` is given.
"""

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from http.client import HTTPException
from pathlib import Path
from typing import Any, Final

from calls import CONTACTS, Client, Request, Shot
from processes import FOLDER, Served, free_port, running

PRISM: Final = "@stoplight/prism-cli@5.16.0"
WIREMOCK: Final = "wiremock@3.13.2"
CACHE: Final = FOLDER.parent / ".benchmarks" / "peers"
JOURNAL: Final = 2000
"""The number of exchanges that WireMock keeps: as many as this server does."""

_SECONDS_TO_START: Final = 60.0
_QUIET: Final[Mapping[str, Any]] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


@contextmanager
def serving(shots: Sequence[Shot]) -> Iterator[dict[str, Served]]:
    """Both servers by name, each checked to send the bytes that this server sends."""
    modules = installed()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        commands = {
            "Prism": _prism(modules, Path(folder), shots),
            "WireMock": _wiremock(modules, Path(folder), shots),
        }
        served = {}
        for name, (command, port) in commands.items():
            began = time.perf_counter()
            process = stack.enter_context(running(command, **_QUIET))
            url = f"http://127.0.0.1:{port}"
            _wait(name, url, shots[0].requests[0], process)
            served[name] = Served(url, process.pid, time.perf_counter() - began)
            _check(name, url, shots)
        yield served


def installed() -> Path:
    """The folder of npm modules with both servers; installs the pinned versions if they are missing."""
    missing = [program for program in ("npm", "node", "java") if shutil.which(program) is None]
    if missing:
        sys.exit(f"--peers needs {' and '.join(missing)} on the PATH: install it, or leave --peers out")
    stamp = CACHE / "installed.txt"
    wanted = f"{PRISM} {WIREMOCK}"
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
        CACHE.mkdir(parents=True, exist_ok=True)
        print(f"installing {wanted} into {CACHE}", flush=True)
        npm = ("npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(CACHE))
        done = subprocess.run([*npm, PRISM, WIREMOCK], capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"npm could not install {wanted}: {done.stderr.strip()[-500:]}")
        stamp.write_text(wanted, encoding="utf-8")
    return CACHE / "node_modules"


def openapi(shots: Sequence[Shot]) -> dict[str, Any]:
    """An OpenAPI document of the calls with their replies as examples."""
    paths: dict[str, dict[str, Any]] = {}
    for shot in shots:
        request = shot.requests[0]
        operation: dict[str, Any] = {
            "responses": {str(shot.status): {"description": "ok", **_content(shot.reply)}}
        }
        if request.body:
            operation["requestBody"] = {"required": True, **_content(request.body.encode(), example=False)}
        if len(shot.requests) > 1:
            operation["parameters"] = [
                {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
            ]
        paths.setdefault(_path(shot), {})[request.method.lower()] = operation
    return {"openapi": "3.1.0", "info": {"title": "bench", "version": "1"}, "paths": paths}


def stubs(shots: Sequence[Shot]) -> dict[str, Any]:
    """The calls as stub mappings of WireMock; it finds the gets of varying contacts by one template."""
    return {"mappings": [_stub(shot) for shot in shots]}


def _stub(shot: Shot) -> dict[str, Any]:
    varied = len(shot.requests) > 1
    request: dict[str, Any] = {"method": shot.requests[0].method}
    request["urlPathTemplate" if varied else "urlPath"] = _path(shot)
    headers = {"Content-Type": "application/json"}
    response = {"status": shot.status, "headers": headers, "body": shot.reply.decode()}
    # The single contact comes before the template, as it does in Prism.
    return {"priority": 5 if varied else 1, "request": request, "response": response}


def _path(shot: Shot) -> str:
    target = shot.requests[0].target
    return target.rpartition("/")[0] + "/{id}" if len(shot.requests) > 1 else target


def _content(body: bytes, example: bool = True) -> dict[str, Any]:
    value = json.loads(body)
    media: dict[str, Any] = {"schema": _schema(value)}
    if example:
        media["example"] = value
    return {"content": {"application/json": media}}


def _schema(value: Any) -> dict[str, Any]:
    """The schema of a value: types and members down to the leaves, all members required."""
    if isinstance(value, dict):
        members = {name: _schema(one) for name, one in value.items()}
        return {"type": "object", "required": list(value), "properties": members}
    if isinstance(value, list):
        return {"type": "array", "items": _schema(value[0]) if value else {}}
    kinds = {str: "string", bool: "boolean", int: "number", float: "number"}
    return {} if value is None else {"type": kinds[type(value)]}


def _prism(modules: Path, folder: Path, shots: Sequence[Shot]) -> tuple[list[str], int]:
    document = folder / "openapi.json"
    document.write_text(json.dumps(openapi(shots)), encoding="utf-8")
    port = free_port()
    program = str(modules / "@stoplight" / "prism-cli" / "dist" / "index.js")
    # Without its log, which would slow it down.
    options = ["--host", "127.0.0.1", "--port", str(port), "--verboseLevel", "silent"]
    return ["node", program, "mock", *options, str(document)], port


def _wiremock(modules: Path, folder: Path, shots: Sequence[Shot]) -> tuple[list[str], int]:
    (folder / "mappings").mkdir()
    (folder / "mappings" / "bench.json").write_text(json.dumps(stubs(shots)), encoding="utf-8")
    port = free_port()
    (jar,) = (modules / "wiremock" / "build").glob("wiremock-standalone-*.jar")
    options = ["--root-dir", str(folder), "--port", str(port), "--bind-address", "127.0.0.1"]
    journal = ["--max-request-journal-entries", str(JOURNAL), "--disable-request-logging", "--disable-banner"]
    return ["java", "-jar", str(jar), *options, *journal], port


def _wait(name: str, url: str, request: Request, process: "subprocess.Popen[str]") -> None:
    end = time.monotonic() + _SECONDS_TO_START
    while time.monotonic() < end and process.poll() is None:
        client = Client(url)
        try:
            if client.send(request)[0] == 200:
                return
        except (OSError, HTTPException):
            time.sleep(0.02)
        finally:
            client.close()
    sys.exit(f"{name} did not start within {_SECONDS_TO_START:g} s, or ended with {process.poll()}")


def _check(name: str, url: str, shots: Sequence[Shot]) -> None:
    """Ends the benchmark unless the server sends the same statuses and bytes; Prism omits a final newline."""
    client = Client(url)
    for shot in shots:
        status, body = client.send(shot.requests[0], CONTACTS + 1)
        if (status, body.rstrip()) != (shot.status, shot.reply.rstrip()):
            sys.exit(f"{name} replies to {shot.name} with {status} and other bytes: {body[:200]!r}")
    client.close()

"""A PostgreSQL cluster for tests, in a temporary folder and on its own socket."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg

_OWNER = "postgres"
_OPTIONS = "-c fsync=off -c full_page_writes=off -c listen_addresses= -c max_connections=200"
OTHERS = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
"""The end of a SELECT of all other connections to a database."""


def find_programs() -> Path | None:
    """The folder of PostgreSQL's programs; None if it is not installed."""
    found = shutil.which("pg_ctl")
    if found:
        return Path(found).parent
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
    return debian[-1].parent if debian else None


@dataclass(frozen=True)
class Cluster:
    """A cluster that can be started and stopped."""

    folder: Path
    bin: Path
    _free: list[str] = field(default_factory=list)

    @contextmanager
    def database(self) -> Iterator[str]:
        """The URL of an empty database; those that were used are emptied, which costs less than new ones."""
        name = self._free.pop() if self._free else self._created()
        yield self.url(name)
        if self._is_emptied(name):
            self._free.append(name)
        else:
            self._execute(f"DROP DATABASE {name} WITH (FORCE)")

    def _created(self) -> str:
        name = f"d{uuid4().hex}"
        self._execute(f"CREATE DATABASE {name}")
        return name

    def _is_emptied(self, name: str) -> bool:
        """Empties a database, unless somebody is still connected."""
        with psycopg.connect(self.url(name), autocommit=True) as connection:
            if connection.execute(f"SELECT 1 {OTHERS}").fetchall():
                return False
            connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        return True

    def _execute(self, statement: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)

    def url(self, database: str) -> str:
        """The URL of one of its databases."""
        return f"postgresql://{_OWNER}@/{database}?host={self.folder}"

    @property
    def _data(self) -> str:
        return f"{self.folder}/data"

    @property
    def _options(self) -> str:
        return f"{_OPTIONS} -k {self.folder}"

    def start(self) -> None:
        self._run("pg_ctl", "-D", self._data, "-o", self._options, "-l", f"{self.folder}/log", "-w", "start")

    def stop(self, mode: str = "fast") -> None:
        self._run("pg_ctl", "-D", self._data, "-m", mode, "-w", "stop")

    @contextmanager
    def started_again(self) -> Iterator[None]:
        """Starts it at the end, for a test that stops it."""
        try:
            yield
        finally:
            self.start()

    def create(self) -> None:
        self._run("initdb", "-D", self._data, "-U", _OWNER, "-A", "trust", "--no-sync", "-E", "UTF8")

    def _run(self, program: str, *arguments: str) -> None:
        """Runs a program; as the user postgres if this is root, since PostgreSQL refuses to run as root."""
        user = {"user": _OWNER, "cwd": "/"} if os.geteuid() == 0 else {}
        environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
        command = [str(self.bin / program), *arguments]
        with (self.folder / "output").open("ab") as output:
            done = subprocess.run(  # type: ignore[call-overload]
                command, env=environment, stdout=output, stderr=output, check=False, timeout=120, **user
            )
        assert done.returncode == 0, (self.folder / "output").read_text() + _log(self.folder)


def _log(folder: Path) -> str:
    log = folder / "log"
    return log.read_text() if log.exists() else ""


@contextmanager
def cluster() -> Iterator[Cluster]:
    """A new running cluster, removed afterwards."""
    bin = find_programs()
    assert bin is not None, "PostgreSQL is not installed"
    # Not in pytest's folder: a socket's path has at most about 100 characters, and another user needs access.
    with tempfile.TemporaryDirectory(prefix="pg-") as name:
        folder = Path(name)
        if os.geteuid() == 0:
            pwd: Any = import_module("pwd")  # no module of Windows
            os.chown(folder, pwd.getpwnam(_OWNER).pw_uid, -1)
        one = Cluster(folder, bin)
        one.create()
        one.start()
        try:
            yield one
        finally:
            one.stop("immediate")

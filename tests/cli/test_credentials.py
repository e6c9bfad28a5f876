"""Credentials through the client and the shell."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import requests

from mockserver.client import Control, World
from mockserver.errors import ControlError
from mockserver.server.http_server import Server
from tests.processes import Shell


@pytest.fixture
def world(served: Server) -> Iterator[World]:
    world = Control(served.url).create_world(seed=3, people=5)
    yield world
    world.delete()


def status(world: World, headers: dict[str, str]) -> int:
    url = f"{world.url('ortto')}/v1/audiences/get"
    return requests.post(url, json={}, headers=headers, timeout=20).status_code


def test_client_mints_and_revokes(world: World) -> None:
    key = world.mint("ortto")
    assert key.keys() == {"api_key"}
    assert key.headers == {"X-Api-Key": key["api_key"]}
    assert (key.vendor, key.tenant, key.expires) == ("ortto", None, None)
    assert status(world, key.headers) == 200
    key.revoke()
    assert status(world, key.headers) == 401
    with pytest.raises(ControlError, match="unknown or revoked credential"):
        key.revoke()
    assert [one.details["revoked"] for one in world.issued("ortto")] == [False, True]


def test_initial_credentials_can_be_revoked(world: World) -> None:
    (own,) = world.issued("ortto")
    assert own == world.credentials("ortto")
    world.revoke(own)
    assert status(world, world.headers("ortto")) == 401
    world.reset()
    assert status(world, world.headers("ortto")) == 200
    world.revoke(own.id)
    assert status(world, own.headers) == 401


def test_mint_options(world: World) -> None:
    world.clock.freeze("2026-05-01T00:00:00Z")
    end = datetime(2026, 5, 1, 2, tzinfo=UTC)
    for option in ({"expires": end}, {"expires_in": timedelta(hours=2)}, {"expires_in": 7200}):
        assert world.mint("voyado", **option).expires == end
    assert world.mint("fanfare", tenant="other").tenant == "other"
    assert world.mint("fanfare", kind="restricted_key").keys() == {"restricted_key"}
    with pytest.raises(ControlError, match="no credential of the kind 'password'"):
        world.mint("digitalaudience", kind="password")
    with pytest.raises(ValueError, match="has no time zone"):
        world.mint("ortto", expires=datetime(2026, 5, 1))  # noqa: DTZ001


def test_command_lists_mints_and_revokes(mocks: Shell, world: World) -> None:
    where = ("credentials", "--world", world.name)
    made = json.loads(mocks(*where, "mint", "spotler", "--expires-in", "2h").stdout)
    assert made[0]["fields"].keys() == {"consumer_key", "consumer_secret"}
    assert made[0]["expires"] is not None
    assert json.loads(mocks(*where).stdout) == [one.details for one in world.issued()]
    assert json.loads(mocks(*where, "list", "spotler").stdout)[-1] == made[0]
    assert json.loads(mocks(*where, "revoke", made[0]["id"]).stdout) == {"revoked": [made[0]["id"]]}
    again = mocks(*where, "revoke", made[0]["id"])
    assert again.returncode == 2
    assert "unknown or revoked credential" in again.stderr
    assert mocks("credentials", "mint", "ortto", "--tenant", "other").returncode == 2


def test_table_on_a_terminal(served: Server, world: World) -> None:
    world.mint("ortto").revoke()
    pty = pytest.importorskip("pty", reason="Windows has no such terminals")
    master, terminal = pty.openpty()
    command = [sys.executable, "-m", "mockserver", "credentials", "--world", world.name, "--url", served.url]
    wide = {**os.environ, "COLUMNS": "160", "TERM": "xterm"}
    subprocess.run([*command, "list", "ortto"], stdout=terminal, timeout=20, check=True, env=wide)
    os.close(terminal)
    text = re.sub(r"\x1b\[[0-9;]*m", "", os.read(master, 4000).decode())
    os.close(master)
    title, own, minted = [line.split() for line in text.splitlines()]
    assert title == ["id", "vendor", "tenant", "fields", "expires", "ended"]
    assert own[1:] == ["ortto", f"api_key={world.credentials('ortto')['api_key']}"]
    assert minted[-1] == "revoked"

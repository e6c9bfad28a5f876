"""Links through the client and the shell."""

import json

import pytest

from mockserver.client import Control
from mockserver.errors import ControlError
from mockserver.server.http_server import Server
from tests.processes import Shell


def test_links_are_made_listed_and_revoked(served: Server, mocks: Shell) -> None:
    world = Control(served.url).create_world(people=5)
    options = ("--world", world.name)
    made = mocks("share", "make", *options, "--role", "operator", "--lifetime", "2h", "--label", "Acme")
    assert made.returncode == 0, made.stderr
    link = json.loads(made.stdout)
    assert link["url"].startswith(f"{served.url}/#link=")
    assert (link["link"]["role"], link["link"]["max_worlds"]) == ("operator", 20)
    guest = Control(served.url).send("POST", "/links/open", {"link": link["secret"]})
    (listed,) = json.loads(mocks("share", "list", *options).stdout)
    assert (listed["label"], listed["worlds"]) == ("Acme", [guest["world"]["name"]])
    assert Control(served.url, token=guest["token"]).world(guest["world"]["name"]).settings()["jobs"]
    assert mocks("share", "revoke", *options, listed["id"]).returncode == 0
    assert world.links() == []
    with pytest.raises(ControlError, match="revoked"):
        world.revoke_link(listed["id"])
    assert world.share(lifetime="1h", max_worlds=1)["link"]["role"] == "viewer"
    world.delete()

"""`mockserver backstage`: finds and runs the actions of a vendor's own UI."""

import json
from collections.abc import Iterator

import pytest
from click.testing import CliRunner, Result

from mockserver import cli
from mockserver.app import create_app
from mockserver.client import Control
from mockserver.server.http_server import Server
from mockserver.state.scenario import load_scenario

FILTER = '{"$and": [{"$and": [{"$str::is": {"field_id": "str::last", "value": "Ek"}}]}]}'


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with Server(create_app(load_scenario("empty"), vendors=("ortto", "fanfare"))) as server:
        Control(server.url).create_world("other", people=0)
        yield server.url


def invoke(url: str, *words: str) -> Result:
    return CliRunner().invoke(cli.mockserver, ["backstage", *words, "--url", url])


def test_every_action_of_every_vendor_is_listed(url: str) -> None:
    listed = json.loads(invoke(url).stdout)
    declared = {(one["name"], action) for one in Control(url).vendors() for action in one["backstage"]}
    assert {(one["vendor"], one["action"]) for one in listed} == declared
    assert {vendor for vendor, _action in declared} == {"fanfare", "ortto"}


def test_a_listing_says_what_an_action_takes(url: str) -> None:
    lines = invoke(url, "ortto", "--format", "text").stdout.splitlines()
    row = next(line for line in lines if "create_audience" in line)
    assert row.split()[:3] == ["ortto", "create_audience", "name"]
    assert "[is_public]" in row
    assert not any("fanfare" in line for line in lines)


def test_an_action_runs_in_the_world_that_is_named(url: str) -> None:
    made = invoke(url, "ortto", "create_audience", "name=Spring", f"filter={FILTER}", "--world", "other")
    assert made.exit_code == 0, made.output
    audience = json.loads(made.stdout)["id"]
    assert (
        invoke(url, "ortto", "archive_audience", f"audience_id={audience}", "--world", "other").exit_code == 0
    )
    refused = invoke(url, "ortto", "archive_audience", f"audience_id={audience}")
    assert refused.exit_code == 1
    assert "backstage ortto archive_audience: " in refused.output


def test_members_add_to_a_whole_body(url: str) -> None:
    body = json.dumps({"filter": json.loads(FILTER), "name": "Autumn"})
    made = invoke(url, "ortto", "create_audience", "name=Winter", "--body", body)
    assert json.loads(made.stdout)["name"] == "Winter"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("nosuch",), "unknown vendor 'nosuch'"),
        (("ortto", "nosuch"), "unknown backstage action 'nosuch' of ortto (available: create_audience"),
        (("ortto", "create_audiense"), "of ortto (did you mean create_audience? available: create_audience"),
        (("ortto", "create_audience"), "backstage ortto create_audience: "),
        (("ortto", "create_audience", "name"), "'name' is not a member with a value"),
        (("ortto", "create_audience", "--body", "{"), "--body is not valid JSON"),
        (("ortto", "create_audience", "--body", "[]"), "--body is not a JSON object"),
        (("ortto", "--body", "{}"), "--body has no effect without an action"),
    ],
)
def test_an_error_is_one_line(url: str, words: tuple[str, ...], message: str) -> None:
    result = invoke(url, *words)
    assert result.exit_code != 0
    assert message in result.output

"""`mockserver demo`: the showcase, served with its personas."""

from typing import Any

import pytest
from click.testing import CliRunner

from mockserver.cli import mockserver
from mockserver.cli.personas import personas
from mockserver.cli.serve import serve
from mockserver.state.scenario import load_scenario


def test_it_serves_the_showcase_with_the_given_options(monkeypatch: pytest.MonkeyPatch) -> None:
    served: dict[str, Any] = {}
    monkeypatch.setattr(serve, "callback", lambda **what: served.update(what))
    options = ["--port", "0", "--people", "12", "--host", "127.0.0.1", "--host", "::1", "--token", "t"]
    done = CliRunner().invoke(mockserver, ["demo", *options])
    assert done.exit_code == 0, done.output
    assert (served["scenario"], served["port"], served["people"]) == ("showcase", 0, 12)
    assert (served["host"], served["token"], served["seed"]) == (("127.0.0.1", "::1"), "t", None)
    assert served["limits"] is None  # as the scenario has it
    assert load_scenario("showcase").settings == {"limits": False, "magic_values": True}


def test_it_has_no_scenario_to_choose() -> None:
    done = CliRunner().invoke(mockserver, ["demo", "--scenario", "empty"])
    assert (done.exit_code, "No such option" in done.output) == (2, True)


def test_the_personas_are_listed() -> None:
    shown = personas("showcase")
    named = load_scenario("showcase").named
    assert len(named) >= 8
    for one in named:
        assert f"{one['persona']}: {one['first']} {one['last']} <{one['email']}>" in shown
        assert one["story"].split()[0] in shown
    assert personas("demo") == ""
    assert personas("some.zip") == ""

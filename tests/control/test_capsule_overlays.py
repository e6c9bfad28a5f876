"""A capsule names the overlays that it was recorded with, and is replayed with these alone."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from werkzeug.test import Client

from mockserver.app import create_app
from mockserver.cli import main
from mockserver.contract.overlay import Overlay, parse_actions
from mockserver.errors import ControlError
from mockserver.state.capsule_file import unpack
from mockserver.testing.local_control import LocalControl


def overlay(title: str, vendor: str = "ortto", word: str = "ours") -> Overlay:
    action = {"target": "$.info", "update": {"description": word}}
    return parse_actions(vendor, f"{vendor}.yaml", title, [action])


ACCOUNT, EUROPE, OTHER = overlay("our account"), overlay("europe", word="EU"), overlay("x", "voyado")


@contextmanager
def server(*overlays: Overlay) -> Iterator[LocalControl]:
    app = create_app(people=3, vendors=("ortto", "voyado"), overlays=overlays)
    control = LocalControl(app)
    try:
        yield control
    finally:
        control.stop()
        app.close()


@pytest.fixture(scope="module")
def capsule() -> bytes:
    """A capsule of one call to Ortto."""
    app = create_app(people=3, vendors=("ortto", "voyado"), overlays=(ACCOUNT, EUROPE, OTHER))
    control = LocalControl(app)
    world = control.create_world()
    path = f"/w/{world.name}/ortto/v1/tags/get"
    assert Client(app).post(path, json={}, headers=world.headers("ortto")).status_code == 200
    content = world.capsule()
    control.stop()
    app.close()
    return content


def test_a_capsule_names_the_overlays_of_its_vendors(capsule: bytes) -> None:
    named = unpack(capsule).manifest["overlays"]
    assert [(one["vendor"], one["title"]) for one in named] == [("ortto", "our account"), ("ortto", "europe")]
    assert [one["digest"] for one in named] == [ACCOUNT.digest, EUROPE.digest]
    assert len({ACCOUNT.digest, EUROPE.digest}) == 2


@pytest.mark.parametrize(
    ("overlays", "message"),
    [
        ((ACCOUNT, EUROPE), None),
        ((ACCOUNT, OTHER, EUROPE), None),
        ((ACCOUNT,), "with the overlay 'europe' of ortto, which this server does not have; add that overlay"),
        ((overlay("our account", word="new"), EUROPE), "'our account' of ortto, which has changed since"),
        ((ACCOUNT, EUROPE, overlay("asia", word="APAC")), "without the overlay 'asia' of ortto; leave out"),
        ((EUROPE, ACCOUNT), "its overlays have another order; give them as our account, europe"),
    ],
    ids=["the same", "more of others", "one is missing", "one has changed", "one more", "another order"],
)
def test_a_replay_needs_the_same_overlays(
    capsule: bytes, overlays: tuple[Overlay, ...], message: str | None
) -> None:
    with server(*overlays) as control:
        if message is None:
            assert control.replay(capsule).difference is None
            return
        with pytest.raises(ControlError) as refused:
            control.replay(capsule)
        assert message in str(refused.value)
        assert "\n" not in str(refused.value)
        assert [world.name for world in control.worlds()] == ["default"]


def test_the_command_takes_overlays(
    capsule: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "capsule.zip"
    file.write_bytes(capsule)
    words = []
    for number, one in enumerate((ACCOUNT, EUROPE), 1):
        written = tmp_path / f"ortto.{number}.yaml"
        info = {"title": one.title, "version": "1"}
        written.write_text(json.dumps({"overlay": "1.0.0", "info": info, "actions": one.actions}))
        words += ["--overlay", str(written)]
    for given, code in ((words, 0), ([], 2)):
        with pytest.raises(SystemExit) as end:
            main(["replay", str(file), *given])
        assert end.value.code == code, capsys.readouterr().err
    assert "'our account' of ortto, which this server does not have" in capsys.readouterr().err

"""`--overlay`, its variable and its ini setting: where the commands and the plugin find overlays."""

import json
import os
from pathlib import Path

import pytest

from mockserver import vendors
from mockserver.cli import main
from mockserver.contract.overlay import read_overlays
from tests.child_pytest import OURS
from tests.house.sources import ROOT

pytest_plugins = ["pytester"]

OVERLAY = """
overlay: 1.0.0
info: {title: our account, version: 1.0.0}
actions:
- target: $.components.schemas.Attributes.properties
  update: {clubColour: {type: string, default: red}}
- target: $.paths['/api/v2/target-audiences']
  remove: true
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "overlays"
    folder.mkdir()
    (folder / "voyado.yaml").write_text(OVERLAY)
    return folder


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as end:
        main([*words])
    captured = capsys.readouterr()
    return int(end.value.code or 0), captured.out, captured.err


def test_commands_read_the_contract_that_overlays_leave(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    given = ("--overlay", str(folder))
    routes = printed(capsys, "routes", "voyado", *given, "--format", "json")[1]
    paths = {one["path"] for one in json.loads(routes)}
    assert "/api/v3/target-audiences" in paths
    assert "/api/v2/target-audiences" not in paths
    monkeypatch.setenv("MOCKSERVER_OVERLAYS", os.pathsep.join([str(folder / "voyado.yaml"), ""]))
    document = json.loads(printed(capsys, "contract", "voyado", "--format", "json")[1])
    assert document["x-overlays"][0]["title"] == "our account"
    assert "clubColour" in document["components"]["schemas"]["Attributes"]["properties"]
    assert "x-overlays" not in printed(capsys, "contract", "ortto", "--format", "json")[1]


def test_the_overlay_of_the_page_fits(folder: Path) -> None:
    page = (ROOT / "docs" / "how-to" / "adapt-to-your-account.md").read_text(encoding="utf-8")
    (folder / "voyado.yaml").write_text(page.split("```yaml\n")[1].split("```")[0])
    vendor = vendors.find("voyado", None, read_overlays([folder]))
    assert vendor.rates["calls"] == 50


def test_stories_that_call_a_removed_operation_are_skipped(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("verify", "voyado", "--overlay", str(folder), "--phase", "stories", "--format", "json")
    stories = ("--story", "list_target_audiences", "--story", "wrong_api_key")
    code, out, err = printed(capsys, *words, *stories)
    assert (code, err) == (0, "")
    cases = {one["name"]: one["skipped"] for one in json.loads(out)["cases"]}
    assert cases["list_target_audiences"] == ("an overlay has removed its operation list_target_audiences_v2")
    assert cases["wrong_api_key"] is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is not an overlay of OpenAPI Overlay 1.0; start it with `overlay: 1.0.0`"),
        ("[", "is not YAML"),
        ("overlay: 1.0.0\nactions: []", "has no info with title and version"),
        (f"{OVERLAY}action: []", "#/action: is not a member of an overlay; did you mean actions?"),
    ],
)
def test_a_file_that_is_no_overlay_ends_the_command(
    folder: Path, capsys: pytest.CaptureFixture[str], text: str, message: str
) -> None:
    (folder / "voyado.yaml").write_text(text)
    code, _out, err = printed(capsys, "lint", "voyado", "--overlay", str(folder))
    assert (code, err.count("\n")) == (2, 1)
    assert message in err


def test_a_place_without_overlays_ends_the_command(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "voyado.yaml").unlink()
    assert "has no overlays" in printed(capsys, "routes", "--overlay", str(folder))[2]
    assert "cannot be read" in printed(capsys, "routes", "--overlay", str(folder / "x.yaml"))[2]


def test_lint_names_what_an_overlay_breaks_once(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "voyado.yaml").write_text(OVERLAY.replace("type: string", "typ: string"))
    code, out, _err = printed(capsys, "lint", "voyado", "--overlay", str(folder))
    assert code == 1
    assert out.count("typ is not supported in a schema; did you mean type?") == 1


@pytest.mark.usefixtures("no_other_plugins")
def test_tests_find_the_overlays_of_their_project(pytester: pytest.Pytester) -> None:
    folder = pytester.mkdir("overlays")
    (folder / "voyado.yaml").write_text(OVERLAY)
    pytester.makeini("[pytest]\nmockserver_overlays = overlays\nmockserver_vendor = voyado")
    pytester.makepyfile(
        """
        import json
        from urllib.request import urlopen

        def test_contract(mockserver):
            with urlopen(mockserver.url("voyado") + "/openapi.json") as reply:
                assert json.load(reply)["x-overlays"][0]["file"] == "voyado.yaml"
        """
    )
    pytester.runpytest(*OURS).assert_outcomes(passed=1)
    (folder / "voyado.yaml").write_text(OVERLAY.replace("Attributes", "Atributes"))
    result = pytester.runpytest(*OURS)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*selects nothing in voyado/openapi.yaml; did you mean Attributes?*"])

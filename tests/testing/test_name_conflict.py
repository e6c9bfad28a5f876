"""The guard against other distributions that install a package named mockserver."""

import sys
from pathlib import Path

import pytest

import audience_mockserver
from audience_mockserver import find_conflict
from tests.processes import PATIENCE

pytest_plugins = ["pytester"]
LINE = "mockserver-client 9.2.0 installs the same package as audience-mockserver (mockserver); pip uninstall"


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """A folder with MockServer's Python client, as pip installs it, whose package does not work with ours."""
    info = tmp_path / "mockserver_client-9.2.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: mockserver-client\nVersion: 9.2.0\n")
    (info / "RECORD").write_text(
        "mockserver/__init__.py,sha256=x,1\nmockserver/pytest_plugin.py,sha256=y,1\n"
    )
    package = tmp_path / "mockserver"
    package.mkdir()
    (package / "__init__.py").write_text("raise ImportError('the other package')")
    return tmp_path


def test_another_distribution_of_the_package_is_named(other: Path) -> None:
    conflict = find_conflict(["", str(other)])
    assert conflict is not None
    assert conflict.startswith(LINE)
    assert "\n" not in conflict
    assert find_conflict(sys.path) is None


def test_distributions_with_other_packages_are_no_conflict(tmp_path: Path) -> None:
    for name, file in (
        ("helix_mockserver_client", "mockserver_client/__init__.py"),
        ("audience_mockserver", "mockserver/__init__.py"),
    ):
        folder = tmp_path / f"{name}-1.0.dist-info"
        folder.mkdir()
        (folder / "RECORD").write_text(f"{file},sha256=x,1\n")
    assert find_conflict([str(tmp_path)]) is None


def test_pytest_refuses_to_start(
    other: Path, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the plugins that are installed, ours and the other distribution's."""
    (other / "mockserver_client-9.2.0.dist-info" / "entry_points.txt").write_text("")
    monkeypatch.syspath_prepend(str(other))
    monkeypatch.setenv("PYTHONPATH", str(other))
    pytester.makepyfile("def test_it(): pass")
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", timeout=PATIENCE)
    assert result.ret != pytest.ExitCode.OK
    assert LINE in result.stderr.str()


def test_a_package_that_imports_its_client_from_ours_is_explained() -> None:
    with pytest.raises(ImportError, match="audience-mockserver"):
        from mockserver.client import MockServerClient  # noqa: F401


def test_the_command_refuses_to_start(
    other: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "path", [str(other), *sys.path])
    with pytest.raises(SystemExit) as left:
        audience_mockserver.main()
    assert left.value.code == 2
    assert capsys.readouterr().err.startswith(f"mockserver: {LINE}")


def test_the_entry_points_lead_through_the_guard() -> None:
    toml = Path(audience_mockserver.__file__).with_name("pyproject.toml").read_text(encoding="utf-8")
    assert 'mockserver = "audience_mockserver:main"' in toml
    assert 'audience_mockserver = "audience_mockserver:plugin"' in toml

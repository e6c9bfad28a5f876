"""Vendors from outside in a test session: by option and ini file, and left out if they are broken."""

import os
from pathlib import Path

import pytest

from mockserver import environment, vendors
from tests.outsiders import import_path, install, make_package
from tests.processes import Run

pytest_plugins = ["pytester"]
SHIPPED = vendors.names()
TEST = f"def test_it(mockserver):\n    assert {{'acme', {SHIPPED[0]!r}}} <= {{*mockserver.vendors}}\n"


@pytest.mark.parametrize("by", ["option", "ini"])
def test_session_serves_a_folder(run: Run, pytester: pytest.Pytester, by: str) -> None:
    make_package(pytester.path / "fakes", "acme")
    (pytester.path / "fakes" / "tests" / "test_acme.py").unlink()
    if by == "ini":
        pytester.makeini("[pytest]\nmockserver_vendor_path = fakes\n")
    words = ["--mockserver-vendor-path", "fakes"] if by == "option" else []
    with import_path():
        run(TEST, *words).assert_outcomes(passed=1)
    assert environment.vendor_path() == []
    assert vendors.names() == SHIPPED


def test_broken_package_is_left_out_and_named(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    package = make_package(tmp_path / "installed", "acme")
    (package / "audiences.py").write_text("import nothing_of_this_name\n")
    install(tmp_path / "installed", "acme-fake", acme="mockserver_acme")
    left_out = "mockserver: left out vendor acme of the package acme-fake: cannot be loaded (*"
    with import_path(tmp_path / "installed"):
        result = run(TEST.replace("'acme', ", ""))
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines([left_out])
    with import_path():
        monkeypatch.setenv("MOCKSERVER_VENDOR_PATH", os.fspath(package))
        result = run(TEST)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*mockserver: vendor acme of the folder *: cannot be loaded (*"])

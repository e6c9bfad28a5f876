"""A package that ends the process while it is imported is left out like any other broken one."""

import sys
from pathlib import Path

import pytest

from mockserver import vendors
from mockserver.errors import InvalidVendorError
from mockserver.homes import Home


def test_package_that_quits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path])
    code = tmp_path / "quits_when_imported"
    code.mkdir()
    (code / "__init__.py").write_text("import sys\nsys.exit(3)\n")
    home = Home("quits", code / "contracts", code / "fixtures", code.name, code, "a test", tmp_path)
    with pytest.raises(
        InvalidVendorError, match=r"vendor quits of a test: cannot be loaded \(SystemExit: 3\)"
    ):
        vendors.load(home)

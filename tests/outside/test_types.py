"""Pyright finds a type for everything that the package exports, as the users of its types need it."""

import os
import sys
from pathlib import Path

import pytest

from tests.outside.tools import NODE_MODULES, needs_tools, run

pytestmark = needs_tools


@pytest.mark.parametrize(
    "module", ["mockserver.client", pytest.param("mockserver", marks=pytest.mark.thorough)]
)
def test_the_types_are_complete(module: str, tmp_path: Path) -> None:
    """Those of worlds, which tests of users call; and in a thorough run those of every module."""
    program = str(NODE_MODULES / "pyright" / "index.js")
    # It asks the `python` of the PATH where packages are.
    path = f"PATH={Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    output = run("env", path, "node", program, "--ignoreexternal", "--verifytypes", module, cwd=tmp_path)
    assert "Type completeness score: 100%" in output, output

"""Pyright finds a type for everything that the package exports, as the users of its types need it."""

import os
import sys
from pathlib import Path

from tests.outside.tools import NODE_MODULES, needs_tools, run

pytestmark = needs_tools


def test_the_types_are_complete(tmp_path: Path) -> None:
    program = str(NODE_MODULES / "pyright" / "index.js")
    # It asks the `python` of the PATH where packages are.
    path = f"PATH={Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    output = run(
        "env", path, "node", program, "--ignoreexternal", "--verifytypes", "mockserver", cwd=tmp_path
    )
    assert "Type completeness score: 100%" in output, output

"""The tools of others that tests call: `.ci/tools FOLDER` installs them, OUTSIDE_TOOLS=FOLDER names them."""

import os
import subprocess
from pathlib import Path
from typing import Final

import pytest

_FOLDER: Final = Path(os.environ.get("OUTSIDE_TOOLS", "/nowhere"))
_MAX_SECONDS: Final = 300

needs_tools = pytest.mark.skipif(
    not _FOLDER.is_dir(), reason="needs the tools that `.ci/tools FOLDER` installs, and OUTSIDE_TOOLS=FOLDER"
)

NODE_MODULES: Final = _FOLDER / "npm" / "node_modules"


def node_program(name: str) -> str:
    """The path of a program that npm installed."""
    return str(NODE_MODULES / ".bin" / name)


def python_program(environment: str, name: str = "python") -> str:
    """The path of a program in one of the Python environments."""
    return str(_FOLDER / environment / "bin" / name)


def run(*command: str, cwd: Path) -> str:
    """Runs a command; returns its output. Raises AssertionError with the output if it fails."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=_MAX_SECONDS)
    output = done.stdout + done.stderr
    assert done.returncode == 0, f"{' '.join(command)}\n{output}"
    return output

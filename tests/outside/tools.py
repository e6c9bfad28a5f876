"""The tools of others that tests call: `.ci/tools FOLDER` installs them, OUTSIDE_TOOLS=FOLDER names them."""

import json
import os
import subprocess
from importlib.metadata import distributions
from pathlib import Path
from typing import Final

import pytest

from tests.outside.evidence import Tool

FOLDER: Final = Path(os.environ.get("OUTSIDE_TOOLS", "/nowhere"))
_MAX_SECONDS: Final = 300
NODE_OPTIONS: Final = f"{os.environ.get('NODE_OPTIONS', '')} --max-semi-space-size=64".strip()
"""Room for what is new: in the 16 MB that it has, Node spends a fifteenth of its time on making room."""

needs_tools = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="needs the tools that `.ci/tools FOLDER` installs, and OUTSIDE_TOOLS=FOLDER"
)

NODE_MODULES: Final = FOLDER / "npm" / "node_modules"


def node_program(name: str) -> str:
    """The path of a program that npm installed."""
    return str(NODE_MODULES / ".bin" / name)


def python_program(environment: str, name: str = "python") -> str:
    """The path of a program in one of the Python environments."""
    return str(FOLDER / environment / "bin" / name)


def npm_tool(name: str, kind: str, modules: Path = NODE_MODULES) -> Tool:
    """A package that npm installed, with its version."""
    manifest = json.loads((modules / name / "package.json").read_text(encoding="utf-8"))
    return Tool(name, manifest["version"], kind)


def python_tool(environment: str, name: str, kind: str) -> Tool:
    """A package in one of the Python environments, with its version."""
    packages = [str(path) for path in (FOLDER / environment).glob("lib/python*/site-packages")]
    (found,) = distributions(name=name, path=packages)
    return Tool(name, found.version, kind)


def run(*command: str, cwd: Path) -> str:
    """Runs a command; returns its output. Raises AssertionError with the output if it fails."""
    done = subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, "NODE_OPTIONS": NODE_OPTIONS},
        capture_output=True,
        text=True,
        check=False,
        timeout=_MAX_SECONDS,
    )
    output = done.stdout + done.stderr
    assert done.returncode == 0, f"{' '.join(command)}\n{output}"
    return output

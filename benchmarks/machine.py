"""The machine and the versions that figures were measured with."""

import os
import platform
import re
import shutil
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

import mockserver

_PACKAGES: Final = ("flask", "werkzeug", "orjson", "jsonschema-rs", "httptools", "uvloop", "pytest")
_PROGRAMS: Final = {
    "wrk": ("wrk", "--version"),
    "valgrind": ("valgrind", "--version"),
    "node": ("node", "--version"),
    "java": ("java", "-version"),
}


def machine() -> dict[str, Any]:
    """CPU, cores, memory, system and versions; the load shows whether others used the machine."""
    return {
        "cpu": _first(Path("/proc/cpuinfo"), r"model name\s*: (.+)") or platform.processor(),
        "cores": os.cpu_count(),
        "memory_gib": round(int(_first(Path("/proc/meminfo"), r"MemTotal:\s+(\d+)") or 0) / 1024**2, 1),
        "system": platform.platform(),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "mockserver": mockserver.__version__,
        "commit": _commit(),
        "packages": {name: found for name in _PACKAGES if (found := _version(name))},
        "programs": {name: found for name in _PROGRAMS if (found := _program(name))},
        "load_before": round(os.getloadavg()[0], 1),
    }


def _first(path: Path, pattern: str) -> str:
    found = re.findall(pattern, path.read_text(encoding="utf-8")) if path.exists() else []
    return str(found[0]) if found else ""


def _commit() -> str:
    """The commit of the measured package, with a + if its files were changed; empty without git."""
    folder = str(Path(mockserver.__file__).parent)
    try:
        words = ("git", "-C", folder, "describe", "--always", "--abbrev=10", "--exclude=*", "--dirty=+")
        return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _program(name: str) -> str:
    if shutil.which(name) is None:
        return ""
    done = subprocess.run(_PROGRAMS[name], capture_output=True, text=True, check=False)
    found = re.search(r"\d+(\.\d+)+", done.stdout + done.stderr)
    return found[0] if found else ""

"""What only some systems have is asked for where it is used, so that the rest works on Windows and macOS."""

import ast
import re
from collections.abc import Iterable, Iterator
from typing import Final

import pytest

from tests.house.sources import ROOT

POSIX_MODULES: Final = {"fcntl", "grp", "pty", "pwd", "resource", "termios", "tty"}
POSIX_NAMES: Final = {
    "os": {"O_CLOEXEC", "fork", "geteuid", "getuid", "killpg", "mkfifo", "sched_getaffinity"},
    "signal": {"SIGALRM", "SIGHUP", "SIGKILL", "SIGQUIT", "SIGSTOP", "SIGUSR1", "SIGUSR2"},
    "socket": {"AF_UNIX", "SO_REUSEPORT"},
}
PROGRAMS: Final = {"tests/cli/isolated.py", "tests/mutants/forks.py", "tests/mutants/judge.py"}
"""Run by themselves, on Linux only."""


def needed_to_import(tree: ast.AST) -> Iterator[str]:
    """The names of POSIX that a module needs before any of its functions is called."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names if one.name in POSIX_MODULES)
        elif isinstance(node, ast.ImportFrom) and node.module in POSIX_MODULES:
            yield str(node.module)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if node.attr in POSIX_NAMES.get(node.value.id, ()):
                yield f"{node.value.id}.{node.attr}"
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for one in (*node.decorator_list, node.args):
                yield from needed_to_import(one)
        elif not isinstance(node, ast.Lambda):
            yield from needed_to_import(node)


def without_encoding(tree: ast.AST) -> Iterator[int]:
    """The lines that read or write a text in the encoding of the system."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            named = "encoding" in {keyword.arg for keyword in node.keywords}
            given = len(node.args) > {"read_text": 0, "write_text": 1}.get(node.func.attr, -1)
            if node.func.attr in ("read_text", "write_text") and not named and not given:
                yield node.lineno


def modules(words: Iterable[str], *folders: str) -> Iterator[tuple[str, ast.Module]]:
    """The modules with one of these words; to parse all takes seconds of CPU."""
    word = re.compile(rf"\b({'|'.join(words)})\b")
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            text = path.read_text(encoding="utf-8")
            if word.search(text):
                yield path.relative_to(ROOT).as_posix(), ast.parse(text)


def test_every_module_can_be_imported_on_windows() -> None:
    words = {*POSIX_MODULES, *(name for names in POSIX_NAMES.values() for name in names)}
    found = [
        f"{path}: {name}"
        for path, tree in modules(words, "mockserver", "tests", "website")
        if path not in PROGRAMS
        for name in needed_to_import(tree)
    ]
    assert found == []


def test_every_text_has_an_encoding() -> None:
    found = [
        f"{path}:{line}"
        for path, tree in modules(["read_text", "write_text"], "mockserver", "website")
        for line in without_encoding(tree)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import pwd", ["pwd"]),
        ("if True:\n    from resource import prlimit", ["resource"]),
        ("@case(signal.SIGHUP)\ndef f(): pass", ["signal.SIGHUP"]),
        ("def f(one=os.mkfifo): pass", ["os.mkfifo"]),
        ("def f():\n    import pwd\n    os.fork()", []),
        ("X = [lambda path: os.mkfifo(path)]", []),
    ],
)
def test_what_is_found(text: str, expected: list[str]) -> None:
    assert list(needed_to_import(ast.parse(text))) == expected


def test_the_encodings_that_are_found() -> None:
    text = "a.read_text()\na.read_text('utf-8')\nb.write_text(c)\nb.write_text(c, encoding='utf-8')\n"
    assert list(without_encoding(ast.parse(text))) == [1, 3]

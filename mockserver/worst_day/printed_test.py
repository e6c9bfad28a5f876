"""The test that shows a bad day, as text: a person can paste and run it."""

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from mockserver.formats.durations import format_seconds
from mockserver.worst_day.claims import Claims
from mockserver.worst_day.events import History, faults, jumps, switches
from mockserver.worst_day.verdict import Errors, Invariant


class _Names:
    """The names that the test needs, with the imports that give them."""

    def __init__(self) -> None:
        self.imports: dict[str, set[str]] = {}
        self.missing: list[str] = []

    def name(self, found: Any) -> str:
        """The expression for a function or class; one that cannot be imported is listed as missing."""
        owner = getattr(found, "__self__", None)
        if isinstance(owner, type):
            return f"{self.name(owner)}.{found.__name__}"
        module = str(getattr(found, "__module__", ""))
        path = str(getattr(found, "__qualname__", type(found).__name__))
        if module == "builtins":
            return path
        if owner is not None or "<" in path or not module:
            name = re.sub(r"\W", "", path.rpartition(".")[2].replace("<lambda>", "function")) or "function"
            code = getattr(found, "__code__", None)
            where = f" ({Path(code.co_filename).name}:{code.co_firstlineno})" if code else ""
            self.missing.append(f"# {name}: define it here{where}")
            return name
        module = "mockserver.worst_day" if module.startswith("mockserver.worst_day.") else module
        self.imports.setdefault(module, set()).add(path.partition(".")[0])
        return path

    def claims(self, claims: Claims, functions: Sequence[Any]) -> str:
        """The expression for the claims, which the module of a function has to have under a name."""
        for function in functions:
            code = getattr(function, "__func__", function)
            scope: Mapping[str, Any] = getattr(code, "__globals__", {})
            for name, value in scope.items():
                if value is claims:
                    self.imports.setdefault(str(function.__module__), set()).add(name)
                    return name
        self.missing.append("# claims: the Claims that the functions use")
        return "claims"


def print_test(
    world: Any,
    functions: Sequence[Callable[..., object]],
    history: History,
    broken: str,
    *,
    invariants: Sequence[Invariant],
    handles: Errors,
    claims: Claims | None,
    is_prepared: bool,
) -> str:
    """A pytest function that arms the faults, runs the functions, and asserts the invariants."""
    names = _Names()
    called = [names.name(function) for function in functions]
    options = _day_options(names, functions, handles, claims)
    lines = [f"    day = mockserver.faults.day({', '.join([*called, *options])})"]
    lines += [_format_fault(one.vendor, one.operation, one.kind, one.as_options()) for one in faults(history)]
    lines += [f"    day.run({_run_options(history)})"]
    lines += [f"    day.check({', '.join(names.name(one) for one in invariants)})"]
    before = ["    # … what the test does before the search"] if is_prepared else []
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", " and ".join(dict.fromkeys(called)))
    title = re.sub(r"\W+", "_", words).strip("_").lower()
    imports = [
        f"from {module} import {', '.join(sorted(found))}" for module, found in sorted(names.imports.items())
    ]
    head = [
        "import pytest",
        *imports,
        "",
        *names.missing,
        "",
        f'@pytest.mark.mockserver(scenario="{world.scenario}", seed={world.seed})',
        f"def test_the_worst_day_of_{title}(mockserver):",
        f'    """{_one_line(broken)}"""',
    ]
    return "\n".join([*head, *before, *lines]) + "\n"


def _day_options(
    names: _Names, functions: Sequence[Any], handles: Errors, claims: Claims | None
) -> list[str]:
    options = []
    if handles is not Exception:
        classes = handles if isinstance(handles, tuple) else (handles,)
        listed = ", ".join(names.name(one) for one in classes)
        options.append(f"handles={listed if len(classes) == 1 else f'({listed})'}")
    if claims is not None:
        options.append(f"claims={names.claims(claims, functions)}")
    return options


def _run_options(history: History) -> str:
    options = []
    if switches(history):
        options.append(f"switches={switches(history)}")
    if jumps(history):
        jumped = ", ".join(
            f"{call}: {_quote(format_seconds(seconds))}" for call, seconds in jumps(history).items()
        )
        options.append(f"jumps={{{jumped}}}")
    return ", ".join(options)


def _format_fault(vendor: str, operation: str, kind: str, options: Mapping[str, Any]) -> str:
    words = [f'"{vendor}"', f'"{operation}"', f'"{kind}"']
    words += [f"{name}={_quote(value)}" for name, value in options.items()]
    return f"    mockserver.faults.add({', '.join(words)})"


def _quote(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else repr(value)


def _one_line(text: str) -> str:
    found = " ".join(text.partition("\n")[0].split()).replace("\\", "/").replace('"', "'")
    return found if len(found) <= 90 else f"{found[:89]}…"

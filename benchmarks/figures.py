"""Measured figures: printed as soon as they are known, and kept for the JSON file."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Figure:
    """One figure. `topic`, `row` and `column` are its place in the tables, `aim` is the most it should be."""

    topic: str
    row: str
    column: str
    value: float
    unit: str = ""
    aim: float | None = None


class Figures:
    """The figures of one run, in the order in which they were measured."""

    def __init__(self) -> None:
        self._all: list[Figure] = []
        self._topic = ""

    def topic(self, name: str) -> None:
        """Begins a topic: a heading, to which the next figures belong."""
        self._topic = name
        print(f"\n{name}", flush=True)

    def add(self, row: str, column: str, value: float, unit: str = "", aim: float | None = None) -> None:
        """Keeps a figure of the current topic and prints it."""
        figure = Figure(self._topic, row, column, value, unit, aim)
        self._all.append(figure)
        print(f"  {row:<36} {column:<30}{quantity(figure):>16}{_verdict(figure)}", flush=True)

    def write(self, path: Path, machine: Mapping[str, Any], options: Mapping[str, Any]) -> None:
        """Writes the figures, the machine and the options of the run as JSON."""
        run = {"machine": machine, "options": options, "figures": [asdict(one) for one in self._all]}
        path.write_text(json.dumps(run, indent=1) + "\n", encoding="utf-8")


def quantity(figure: Figure) -> str:
    """The value with its unit, rounded to what a reader can use."""
    value = figure.value
    digits = 0 if abs(value) >= 100 or value == int(value) else 1 if abs(value) >= 10 else 2
    if figure.unit and 0 < abs(value) < 1:
        digits = 3
    return f"{value:,.{digits}f} {figure.unit}".rstrip()


def _verdict(figure: Figure) -> str:
    if figure.aim is None:
        return ""
    met = "met" if figure.value <= figure.aim else "MISSED"
    return f"   aim {figure.aim:g} {figure.unit}: {met}"

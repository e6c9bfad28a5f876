"""Renders the figures of a run as Markdown, and puts them into the page about performance.

python benchmarks/render.py benchmarks/measured.json            # prints the tables
python benchmarks/render.py benchmarks/measured.json --write    # writes them into the page
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from figures import Figure, quantity

PAGE: Final = Path(__file__).parents[1] / "docs" / "explanation" / "performance.md"
BEGIN: Final = "<!-- The part below is written by benchmarks/render.py. -->\n"
_MAX_COLUMNS: Final = 6
_LEAST_FILLED: Final = 0.7


def main() -> None:
    """Prints the tables, or writes them into the page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("file", type=Path, help="what bench.py --json wrote")
    parser.add_argument("--write", action="store_true", help=f"write them into {PAGE.name}")
    asked = parser.parse_args()
    text = render(json.loads(asked.file.read_text(encoding="utf-8")))
    if asked.write:
        head = PAGE.read_text(encoding="utf-8").partition(BEGIN)[0]
        PAGE.write_text(head + BEGIN + "\n" + text, encoding="utf-8")
    else:
        print(text, end="")


def render(run: dict[str, Any]) -> str:
    """The machine and one section for each topic."""
    figures = [Figure(**one) for one in run["figures"]]
    sections = [_machine(run["machine"], run["options"])]
    for topic, group in groupby(figures, lambda one: one.topic):
        sections.append(f"### {topic[0].upper()}{topic[1:]}\n\n" + "\n".join(_tables(list(group))))
    return "## Figures\n\n" + "\n".join(sections)


def _machine(machine: dict[str, Any], options: dict[str, Any]) -> str:
    """What was measured and where, as a list."""
    programs = ", ".join(f"{name} {found}" for name, found in machine["programs"].items())
    packages = ", ".join(f"{name} {found}" for name, found in machine["packages"].items())
    asked = ", ".join(name for name in ("quick", "peers") if options.get(name)) or "all defaults"
    lines = [
        f"- mockserver {machine['mockserver']}, commit {machine['commit'] or 'unknown'}; run with {asked}",
        f"- {machine['cpu']}, {machine['cores']} cores, {machine['memory_gib']} GiB, {machine['system']}",
        f"- load average before the run: {machine['load_before']}",
        f"- {machine['python']}, {packages}",
        f"- {programs}",
    ]
    return "\n".join(lines) + "\n"


def _tables(figures: Sequence[Figure]) -> Iterator[str]:
    """One table; several if it were too wide; a list of rows if most of its cells were empty."""
    rows = list(dict.fromkeys(one.row for one in figures))
    columns = list(dict.fromkeys(one.column for one in figures))
    if len(figures) < _LEAST_FILLED * len(rows) * len(columns):
        yield _list(figures)
    elif len(columns) > _MAX_COLUMNS:
        for kind in dict.fromkeys(_kind(one) for one in figures):
            yield _table([one for one in figures if _kind(one) == kind])
    else:
        yield _table(figures)


def _kind(figure: Figure) -> str:
    return figure.unit or ("ratio" if "ratio" in figure.column else "")


def _list(figures: Sequence[Figure]) -> str:
    lines = ["| what | figure |", "|---|---|"]
    lines += [f"| {one.row}: {one.column} | {_cell(one)} |" for one in figures]
    return "\n".join(lines) + "\n"


def _table(figures: Sequence[Figure]) -> str:
    cells = {(one.row, one.column): _cell(one) for one in figures}
    rows = dict.fromkeys(one.row for one in figures)
    columns = dict.fromkeys(one.column for one in figures)
    lines = [f"| | {' | '.join(columns)} |", "|---" * (len(columns) + 1) + "|"]
    lines += [f"| {row} | {' | '.join(cells.get((row, one), '') for one in columns)} |" for row in rows]
    return "\n".join(lines) + "\n"


def _cell(figure: Figure) -> str:
    aim = "" if figure.aim is None else f" (aim: {figure.aim:g})"
    return quantity(figure) + aim


if __name__ == "__main__":
    main()

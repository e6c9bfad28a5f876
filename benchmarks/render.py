"""Renders the figures of a run as Markdown, and puts them into the page about performance.

    python benchmarks/render.py benchmarks/measured.json            # prints the tables
    python benchmarks/render.py benchmarks/measured.json --write    # writes them into the page
    python benchmarks/render.py NEW.json --against OLD.json         # both, and new divided by old

The page shows the figures of `benchmarks/measured.json`.
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
    parser.add_argument("--against", metavar="OLD", type=Path, help="compare with an earlier run instead")
    asked = parser.parse_args()
    run = _read(asked.file)
    text = compare(_read(asked.against), run) if asked.against else render(run)
    if asked.write and not asked.against:
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


def compare(old: dict[str, Any], new: dict[str, Any]) -> str:
    """A list of the figures that both runs have, with the new ones divided by the old ones."""
    known = {(one["topic"], one["row"], one["column"]): Figure(**one) for one in old["figures"]}
    lines = ["| what | old | new | new / old |", "|---|---|---|---|"]
    for figure in (Figure(**one) for one in new["figures"]):
        before = known.get((figure.topic, figure.row, figure.column))
        if before is not None:
            ratio = f"{figure.value / before.value:.2f}" if before.value else ""
            what = f"{figure.topic}: {figure.row}: {figure.column}"
            lines.append(f"| {what} | {quantity(before)} | {quantity(figure)} | {ratio} |")
    return "\n".join(lines) + "\n"


def _read(path: Path) -> dict[str, Any]:
    run: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return run


def _machine(machine: dict[str, Any], options: dict[str, Any]) -> str:
    """What was measured, where and with which versions."""
    commit = machine["commit"] or "unknown"
    lines = {
        "mockserver": f"{machine['mockserver']}, commit {commit}",
        "options": ", ".join(name for name in ("quick", "peers") if options.get(name)) or "defaults",
        "machine": f"{machine['cpu']}, {machine['cores']} cores, {machine['memory_gib']} GiB",
        "system": machine["system"],
        "load before the run": machine["load_before"],
        "Python": machine["python"],
        "packages": _versions(machine["packages"]),
        "programs": _versions(machine["programs"]),
    }
    rows = [f"| {name} | {value} |" for name, value in lines.items()]
    return "\n".join(["| run | |", "|---|---|", *rows]) + "\n"


def _versions(known: dict[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in known.items())


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

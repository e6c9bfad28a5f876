"""The personas of a scenario as text: the people whom a demonstration shows by name."""

from collections.abc import Iterator
from textwrap import fill

from mockserver.state.scenario import load_scenario
from mockserver.state.state_file import is_state_file


def personas(scenario: str) -> str:
    """A paragraph for each persona of a scenario; empty if it has none or is an exported state."""
    if is_state_file(scenario):
        return ""
    lines = [*_lines(scenario)]
    return "\n".join(["personas, in every vendor by their e-mail address:", "", *lines, ""]) if lines else ""


def _lines(scenario: str) -> Iterator[str]:
    for one in load_scenario(scenario).named:
        if "persona" in one:
            name = " ".join(one[part] for part in ("first", "last") if part in one)
            yield f"  {one['persona']}: {name} <{one.get('email', 'a generated address')}>"
            if "story" in one:
                yield fill(one["story"], 100, initial_indent="    ", subsequent_indent="    ")

"""Self-contained HTML pages of reports: a template beside its module, in one style, without scripts."""

from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from mockserver import __version__

_FOLDER: Final = Path(__file__).parent
_FRAME: Final = _FOLDER / "page.html"
_STYLE: Final = _FOLDER / "page.css"


def report_facts(when: datetime | None = None) -> dict[str, str]:
    """The facts that every report carries: its date, and the version that made it."""
    return {"date": f"{when or datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", "version": __version__}


def render(template: Path, **values: Any) -> str:
    """The page of a template, which extends `frame`, with its `title` and `facts`; texts are escaped."""
    # jinja2 is imported only when a page is requested.
    environment = import_module("jinja2").Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    frame = environment.from_string(_FRAME.read_text(encoding="utf-8"))
    page = environment.from_string(template.read_text(encoding="utf-8"))
    style = import_module("markupsafe").Markup(_STYLE.read_text(encoding="utf-8"))
    text: str = page.render(frame=frame, style=style, **values)
    return text

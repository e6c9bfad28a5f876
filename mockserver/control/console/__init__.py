"""The web console: one page with the vendors, the worlds and the next steps."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment

from mockserver import __version__
from mockserver.binding.vendor import Vendor
from mockserver.control import vendor_access
from mockserver.formats.timestamps import to_iso
from mockserver.state.world_record import WorldRecord
from mockserver.state.worlds import Worlds

_MAX_WORLDS: Final = 100
_PAGE = Path(__file__).with_name("page.html")


def render_page(worlds: Worlds, vendors: Mapping[str, Vendor], base: str) -> str:
    """The page as HTML; values from worlds and contracts are escaped."""
    listed, following = worlds.page(_MAX_WORLDS)
    default = listed[0].record  # it is the oldest; reading it alone would wait for its calls
    template = Environment(autoescape=True).from_string(_PAGE.read_text(encoding="utf-8"))
    return template.render(
        version=__version__,
        base=base,
        control=f"{base}/_mock",
        vendors=[vendor_access.vendor_view(vendor, default, base) for vendor in vendors.values()],
        worlds=[_summary(worlds, one.record, base) for one in listed],
        further=max(0, worlds.count() - len(listed)) if following else 0,
    )


def _summary(worlds: Worlds, registered: WorldRecord, base: str) -> dict[str, Any]:
    clock, journal = worlds.activity(registered)
    return {key: registered[key] for key in ("name", "scenario", "seed", "people")} | {
        "now": to_iso(clock.now().replace(microsecond=0)),
        "mode": clock.mode,
        "calls": journal.last_number(),
        "flawed": len(journal.read({"flawed": True}, limit=1000)),
        "journal": f"{base}/_mock/worlds/{registered['name']}/journal",
    }

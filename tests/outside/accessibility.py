"""axe-core, the accessibility checker of Deque, in a page of Chromium."""

import json
from typing import Final

from tests.outside.tools import NODE_MODULES
from tests.verify.chromium import Tab

COLOURS: Final = {"runOnly": ["color-contrast", "link-in-text-block"]}
"""The rules for what a theme changes: everything else is the same in dark as in light."""
_RUN: Final = """axe.run(OPTIONS).then(result => JSON.stringify(result.violations.map(one =>
  `${one.id}: ${one.help}: ${one.nodes.slice(0, 3).map(node => node.html).join(' ')}`)))"""


def violations(tab: Tab, options: object = None) -> list[str]:
    """What axe, run with these options, reports of the page as it is, with the elements."""
    if tab.value("typeof axe === 'undefined'"):
        tab.value((NODE_MODULES / "axe-core" / "axe.min.js").read_text(encoding="utf-8") + ";null")
    found: list[str] = json.loads(tab.value(_RUN.replace("OPTIONS", json.dumps(options or {}))))
    return found

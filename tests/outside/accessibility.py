"""axe-core, the accessibility checker of Deque, in a page of Chromium."""

import json

from tests.outside.tools import NODE_MODULES
from tests.verify.chromium import Tab

_RUN = """axe.run().then(result => JSON.stringify(result.violations.map(one =>
  `${one.id}: ${one.help}: ${one.nodes.slice(0, 3).map(node => node.html).join(' ')}`)))"""


def violations(tab: Tab) -> list[str]:
    """What axe reports of the page as it is, with the elements."""
    tab.value((NODE_MODULES / "axe-core" / "axe.min.js").read_text(encoding="utf-8") + ";null")
    found: list[str] = json.loads(tab.value(_RUN))
    return found

"""Law 7 for contracts: every extension that lint lets in is explained, and none that it does not know."""

import re

from mockserver.contract.lint.document_walker import SOURCE_MEMBERS, SUPPORTED
from tests.house.sources import ROOT

PAGE = (ROOT / "contracts" / "README.md").read_text(encoding="utf-8")


def test_every_extension_is_explained() -> None:
    honoured = {member for members in SUPPORTED.values() for member in members if member.startswith("x-")}
    assert set(re.findall(r"`(x-[a-z-]+)[`:]", PAGE)) == honoured | {*SOURCE_MEMBERS}

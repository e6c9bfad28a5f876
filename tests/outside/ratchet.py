"""The ratchet: what tools of others reach is what the committed evidence says, no less and no more.

The evidence of a vendor is `contracts/<vendor>/evidence/tools.json`, which
`python -m tests.outside.evidence FILE --update` writes from the evidence file of a run.
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from mockserver.verify.evidence import evidence_file, write_evidence
from tests.house.sources import ROOT

SECTIONS: Final = ("operations", "problems", "documents")
FIX: Final = (
    "`OUTSIDE_EVIDENCE=FILE pytest tests/outside tests/stories tests/fuzz tests/control/test_fuzz.py` and "
    "`python -m tests.outside.evidence FILE --update` write the evidence of today"
)
_SINGULAR: Final = {"operations": "operation", "problems": "problem", "documents": "document"}
_SUCCESS: Final = "2"


class Witness(NamedTuple):
    """One thing of a vendor that a tool has reached."""

    vendor: str
    section: str
    name: str
    tool: str

    def __str__(self) -> str:
        return f"{self.vendor}: {_SINGULAR[self.section]} {self.name} by {self.tool}"


def witnesses(content: Mapping[str, Any]) -> set[Witness]:
    """The witnesses in the content of an evidence file.

    A fuzzer witnesses what it calls; any other tool what it calls with success, and the problems it receives.
    """
    found = set()
    for section in SECTIONS:
        for row in content.get(section, ()):
            if section != "operations" or row["kind"] == "fuzzer" or _succeeds(row):
                found.add(Witness(row["vendor"], section, row[_SINGULAR[section]], row["tool"]))
    return found


def committed(vendors: Iterable[str]) -> set[Witness]:
    """The witnesses in the committed evidence of these vendors."""
    return {
        Witness(vendor, section, name, tool)
        for vendor in vendors
        for section in SECTIONS
        for name, tools in _read(vendor).get(section, {}).items()
        for tool in tools
    }


def differences(known: set[Witness], found: set[Witness], *, partial: bool = False) -> list[str]:
    """The lost and the new witnesses; of a partial run only those by the tools and of the vendors it has."""
    pairs = {(one.vendor, one.tool) for one in found}
    lost = {one for one in known - found if not partial or (one.vendor, one.tool) in pairs}
    lines = [f"a witness is lost: {one}" for one in sorted(lost)]
    lines += [f"a witness is new: {one}" for one in sorted(found - known)]
    return lines


def judge(content: Mapping[str, Any], vendors: Iterable[str]) -> list[str]:
    """What differs between a run of all and the committed evidence of these vendors, and how to fix it."""
    found = differences(committed(vendors), witnesses(content))
    return [*found, FIX] if found else []


def check_test(rows: Mapping[str, Any]) -> None:
    """Raises AssertionError if the rows of one test are not what is committed for its vendors and tools.

    All tests together call the control API, so no test alone can lose a witness of it. A new vendor has no
    evidence yet.
    """
    found = {one for one in witnesses(rows) if one.vendor != "control" and _read(one.vendor)}
    known = {one for one in committed({one.vendor for one in found}) if one.section != "documents"}
    wrong = differences(known, found, partial=True)
    assert not wrong, "\n".join([*wrong, FIX])


def update(content: Mapping[str, Any]) -> None:
    """Writes the evidence of every vendor in the content; tools that it does not have stay."""
    found = witnesses(content)
    for vendor in sorted({one.vendor for one in found}):
        seen = {_subject(one) for one in found if one.vendor == vendor}
        kept = {one for one in committed([vendor]) if _subject(one) not in seen}
        own = kept | {one for one in found if one.vendor == vendor}
        described = _read(vendor).get("tools", {})
        for row in content["operations"]:
            if row["vendor"] == vendor:
                described[row["tool"]] = {"kind": row["kind"], "version": asked_version(row["tool"])}
        for row in content["documents"]:
            if row["vendor"] == vendor:
                described.setdefault(
                    row["tool"], {"kind": row["kind"], "version": asked_version(row["tool"])}
                )
        sections = {section: _by_name(one for one in own if one.section == section) for section in SECTIONS}
        write_evidence(vendor, "tools", {"tools": described, **sections})


def asked_version(tool: str) -> str:
    """The version of a tool that `.ci/tools` or `pyproject.toml` pins; empty if it may be a newer one."""
    text = "".join((ROOT / name).read_text(encoding="utf-8") for name in (".ci/tools", "pyproject.toml"))
    found = re.search(rf"""[\s"']{re.escape(tool)}(?:@|==|~=)~?([0-9][0-9.]*)""", text)
    return found[1] if found else ""


def _subject(witness: Witness) -> tuple[str, bool]:
    """What a run writes as a whole: what a tool has called, or which documents it has read."""
    return witness.tool, witness.section == "documents"


def _succeeds(row: Mapping[str, Any]) -> bool:
    return any(status.startswith(_SUCCESS) for status in row["statuses"])


def _by_name(found: Iterable[Witness]) -> dict[str, list[str]]:
    names: dict[str, list[str]] = {}
    for one in sorted(found):
        names.setdefault(one.name, []).append(one.tool)
    return names


def _read(vendor: str) -> dict[str, Any]:
    path = evidence_file(vendor, "tools")
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return content

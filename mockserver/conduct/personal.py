"""Rules about personal data: what people have agreed to, and identifiers that a vendor takes hashed."""

import csv
import re
from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import Any, Final, NamedTuple

from mockserver.call import EffectEntry
from mockserver.conduct.rule import Found
from mockserver.conduct.traffic import Step, Traffic, is_cut
from mockserver.formats.json_pointer import MISSING, resolve

_HASH: Final = re.compile(r"[0-9a-fA-F]{64}", re.ASCII)
_OTHER_HASH: Final = re.compile(
    r"[0-9a-fA-F]{32}|[0-9a-fA-F]{40}|[0-9a-fA-F]{128}|[0-9A-Za-z+/]{43}=", re.ASCII
)
_PUNCTUATION: Final = str.maketrans("", "", "+/\\-() \t.")
_EVERY: Final = "*"
_MOST_MESSAGES: Final = 50
"""The messages that are looked at: a few show the same as many."""


class _Cell(NamedTuple):
    column: str
    kind: str
    text: str


def sent_plain_identifiers(traffic: Traffic) -> Found:
    """E-mail addresses or telephone numbers as they are, where the vendor takes their hashes."""
    for name, steps in _hashing(traffic):
        columns = traffic.knowledge["hashes"][name]
        found = {step: {cell.column for cell in _cells(step, columns) if _is_plain(cell)} for step in steps}
        shown = [step for step, names in found.items() if names]
        if shown:
            listed = ", ".join(sorted(set().union(*found.values())))
            yield f"sent identifiers unhashed in the column {listed}", shown


def hashed_in_another_way(traffic: Traffic) -> Found:
    """Values that are not SHA-256 in hexadecimal digits, where the vendor takes nothing else."""
    for name, steps in _hashing(traffic):
        columns = traffic.knowledge["hashes"][name]
        found = {
            step: [
                cell
                for cell in _cells(step, columns)
                if not _is_plain(cell) and not _HASH.fullmatch(cell.text)
            ]
            for step in steps
        }
        shown = [step for step, cells in found.items() if cells]
        if shown:
            first = found[shown[0]][0]
            what = "the hash of another kind" if _OTHER_HASH.fullmatch(first.text) else "not a hash"
            yield f"sent in the column {first.column} a value of {len(first.text)} characters: {what}", shown


def hashed_before_normalising(traffic: Traffic) -> Found:
    """Hashes of values as they were typed, where the vendor hashes them trimmed and in one form."""
    for name, steps in _hashing(traffic):
        columns = traffic.knowledge["hashes"][name]
        sent = {
            cell.text.lower(): step
            for step in steps
            for cell in _cells(step, columns)
            if _HASH.fullmatch(cell.text)
        }
        if not sent:
            continue
        raw = _raw_hashes(traffic.known_values())
        shown = [step for text, step in sent.items() if text in raw]
        if shown:
            reason = next(raw[text] for text in sent if text in raw)
            yield (
                f"sent hashes of values that were not normalised first ({reason})",
                list(dict.fromkeys(shown)),
            )


def created_without_consent(traffic: Traffic) -> Found:
    """Contacts that are created without a word on what may be sent to them."""
    for name, pointers in traffic.knowledge.get("consent", {}).items():
        steps = [
            step
            for step in traffic.by_operation.get(name, [])
            if step.is_success and step.added and _lacks(step.sent, pointers)
        ]
        if steps:
            count = "a contact" if len(steps) == 1 else f"{len(steps)} contacts"
            yield f"created {count} without {' or '.join(pointers)}", steps


def mailed_without_consent(traffic: Traffic) -> Found:
    """Messages to a contact whose consent the client has neither read nor sent before."""
    words = traffic.knowledge.get("consent_members", [])
    for name, mailing in traffic.knowledge.get("mailings", {}).items():
        sent = [step for step in traffic.by_operation.get(name, [])[:_MOST_MESSAGES] if step.is_success]
        if "undoes" in mailing:
            yield from _taken_back(traffic, sent, mailing)
            continue
        to = {step: str(step.asked(mailing["to"]) or "") for step in sent}
        refused = [step for step in sent if _has_refused(traffic, mailing, to[step])]
        if refused:
            count = "a message" if len(refused) == 1 else f"{len(refused)} messages"
            yield f"started {count} to contacts who have not agreed to any", refused
        blind = [step for step in sent if not _knows_consent(traffic, step, to[step], words)]
        if blind:
            count = "a message" if len(blind) == 1 else f"{len(blind)} messages"
            yield f"started {count} to contacts whose consent it had not looked at", blind


def _hashing(traffic: Traffic) -> Iterator[tuple[str, list[Step]]]:
    for name in traffic.knowledge.get("hashes", {}):
        steps = [step for step in traffic.by_operation.get(name, []) if step.is_success]
        if steps:
            yield name, steps


def _cells(step: Step, columns: dict[str, str]) -> list[_Cell]:
    """The cells of a CSV file that the vendor takes hashed."""
    rows = csv.reader(step.exchange["call"]["body"].lstrip("\ufeff").splitlines())
    header = [one.strip().casefold() for one in next(rows, [])]
    return [
        _Cell(name, columns[name], text.strip())
        for row in rows
        for name, text in zip(header, row, strict=False)
        if name in columns and text.strip()
    ]


def _is_plain(cell: _Cell) -> bool:
    if cell.kind == "email":
        return "@" in cell.text
    return cell.kind == "phone" and cell.text.translate(_PUNCTUATION).isdigit() and len(cell.text) < 32


def _raw_hashes(values: Iterable[str]) -> dict[str, str]:
    """The hashes of values in a form that is not the vendor's, each with what is wrong with it."""
    found: dict[str, str] = {}
    right: set[str] = set()
    for value in values:
        normal = _normal(value)
        right.add(_digest(normal))
        for text, reason in _variants(value, normal):
            found.setdefault(_digest(text), reason)
        found.setdefault(_digest(_digest(normal)), "hashed twice")
    return {text: reason for text, reason in found.items() if text not in right}


def _normal(value: str) -> str:
    text = value.strip().lower()
    if "@" in text:
        return text
    digits = text.translate(_PUNCTUATION)
    return (
        "31" + digits[1:]
        if digits.startswith("0") and not digits.startswith("00")
        else digits.removeprefix("00")
    )


def _variants(value: str, normal: str) -> Iterator[tuple[str, str]]:
    if "@" in normal:
        name, _, host = normal.partition("@")
        for text in (
            value,
            normal.upper(),
            normal.capitalize(),
            f"{name.title()}@{host}",
            f"{name.title()}@{host.title()}",
        ):
            if text.strip() != normal:
                yield text.strip(), "upper-case letters"
        forms: tuple[str, ...] = (normal, value)
    else:
        for text in (value.strip(), f"+{normal}", f"00{normal}", f"0{normal[2:]}"):
            if text != normal:
                yield text, "not only digits with the country code"
        forms = (normal, value)
    if value.strip() != value:
        yield value, "blanks around the value"
    for text in forms:
        for padded in (f"{text} ", f" {text}", f" {text} ", f"{text}\n", f"{text}\r", f"{text}\r\n"):
            yield padded, "blanks around the value"


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _lacks(sent: Any, pointers: list[str]) -> bool:
    """Whether the body, or one of its items, has none of the members."""
    before, star, _ = pointers[0].partition(f"/{_EVERY}")
    if not star:
        return all(resolve(sent, one) in (MISSING, None) for one in pointers)
    items = resolve(sent, before)
    inner = [one.partition(f"/{_EVERY}")[2] for one in pointers]
    return isinstance(items, list) and any(_lacks(item, inner) for item in items)


def _has_refused(traffic: Traffic, mailing: dict[str, Any], who: str) -> bool:
    """Whether the contact, as the world has it, takes no messages."""
    record = traffic.facts.record(traffic.vendor, mailing["among"], who)
    return resolve(record, mailing["agreed"]) is False


def _taken_back(traffic: Traffic, sent: list[Step], mailing: dict[str, Any]) -> Found:
    """Subscriptions that undo what people have taken back, without a look at it."""
    asked = min(
        (s.number for name in mailing["asks"] for s in traffic.by_operation.get(name, [])), default=None
    )
    undone = [
        step
        for step in sent
        if (asked is None or asked > step.number)
        and any(_undoes(one, mailing["undoes"]) for one in step.exchange["effects"])
    ]
    if undone:
        yield "subscribed people who had unsubscribed before", undone


def _undoes(effect: EffectEntry, member: str) -> bool:
    """Whether an effect clears the member, which has the time at which somebody unsubscribed."""
    return any(
        one["pointer"].endswith(f"/{member}") and one.get("before") is not None and one.get("after") is None
        for one in effect.get("members", [])
    )


def _knows_consent(traffic: Traffic, mailing: Step, who: str, words: list[str]) -> bool:
    for step in traffic.steps:
        if step is mailing:
            return False
        exchange = step.exchange
        for text in (exchange["call"]["body"], exchange["reply"]["body"]):
            has_consent = step.is_success and any(f'"{word}"' in text for word in words)
            if has_consent and (step.mentions(who) or is_cut(text)):
                return True
    return False

"""The id that every link of an e-mail carries to the website: of the mailing, the link and the contact."""

import re
from typing import Final, NamedTuple

from mockserver.state.world import World
from mockserver.vendors.spotler import contact_records

_FORMAT: Final = re.compile(r"([0-9a-f]{16})-([0-9]{1,9})-([0-9a-f]{24})", re.ASCII)


class Parts(NamedTuple):
    """The parts of a mailplusId: encrypted ids of a mailing and a contact, and the id of a link."""

    mailing: str
    link: int
    contact: str


def mailplus_id(world: World, mailing: str, link: int, contact: str) -> str:
    """The id in the URL of a link that a contact got."""
    return f"{mailing}-{link}-{contact_records.encrypted_id(world, contact)}"


def parse(text: str) -> Parts:
    """The parts of the id. Raises ValueError for a text in another format."""
    found = _FORMAT.fullmatch(text)
    if found is None:
        raise ValueError(text)
    return Parts(found[1], int(found[2]), found[3])

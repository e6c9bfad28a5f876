"""Members and audiences in the control API, in one form for all vendors."""

from typing import Any

from mockserver.state.memberships import Audiences, Member
from mockserver.state.record_pages import ShownRecord


def member_view(person: Member) -> dict[str, Any]:
    """`{id, name, email, country, consents}` of a person of one vendor."""
    shown = person._asdict()
    del shown["record"]
    return shown


def audience_view(audiences: Audiences, one: ShownRecord) -> dict[str, str]:
    """`{collection, id, name}` of an audience."""
    return {"collection": audiences.collection.name, "id": one.id, "name": audiences.name(one)}

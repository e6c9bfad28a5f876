"""Keys by which receipts and orders find their contact."""

from typing import Final

from mockserver.contract.parameter_leniency import read_uuid
from mockserver.state.world import World
from mockserver.vendors.voyado import (
    contact_records,
    identifier_logic,
    identifier_records,
    personal_number_logic,
    tenant_records,
)
from mockserver.vendors.voyado.timestamps import today

KEY_TYPES: Final = (
    "contactId",
    "email",
    "mobilePhone",
    "memberNumber",
    "externalId",
    "socialSecurityNumber",
    "CardId",
    "MemberNumberWithCardNumberAsFallback",
)
"""The attributes by which a contact is found, as documented; contacts have no cards here."""

_MEMBER_NUMBER: Final = "memberNumber"


def read_key_type(text: str) -> str | None:
    """Returns the key type as it is documented, or None; live clients write it in any case."""
    return next((one for one in KEY_TYPES if one.lower() == text.lower()), None)


def find_contact(world: World, key_type: str, key: str, contact_type: str) -> str | None:
    """Returns the id of the only contact of the type that has the key, or None."""
    attribute = _MEMBER_NUMBER if key_type in KEY_TYPES[-2:] else key_type
    if attribute == "contactId":
        id = read_uuid(key)
        return id if id and world.records(contact_records.KIND).has(id) else None
    if attribute == "socialSecurityNumber":
        key = personal_number_logic.normalize(key, today(world)) or key
    type = tenant_records.find_contact_type(tenant_records.view(world), contact_type)
    ids = identifier_records.find(world, attribute, identifier_logic.normalize(attribute, key))
    handles = {id: contact_records.view(world, id)["contactType"] for id in ids}
    found = [id for id, handle in handles.items() if type and handle == type["id"]]
    return found[0] if len(found) == 1 else None

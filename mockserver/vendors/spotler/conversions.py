"""The conversion endpoint: a shopping cart that follows a click.

Only the backstage action list_conversions shows conversions.
"""

from mockserver.call import NOTHING, Call
from mockserver.errors import Problem
from mockserver.formats.timestamps import from_iso
from mockserver.state.world import World
from mockserver.vendors.spotler import (
    contact_records,
    conversion_logic,
    conversion_records,
    mailing_records,
    product_records,
)


def create_conversion(call: Call, world: World) -> object:
    """Stores a conversion.

    Problems: mailplus_id_malformed, conversion_date_illegal, activity_not_found, link_not_found,
    conversion_contact_not_found, conversion_product_not_found.
    """
    body = call.body
    try:
        from_iso(body["interactionDate"])
    except ValueError as error:  # such as 30 February
        raise Problem("conversion_date_illegal") from error
    try:
        parts = conversion_logic.parse(body["mailplusId"])
    except ValueError as error:
        raise Problem("mailplus_id_malformed") from error
    mailing = mailing_records.get(world, parts.mailing)
    if mailing is None:
        raise Problem("activity_not_found")
    if all(one["id"] != parts.link for one in mailing["links"]):
        raise Problem("link_not_found")
    contact = next(
        (
            one["contact"]
            for one in mailing_records.recipients(world, parts.mailing)
            if contact_records.encrypted_id(world, one["contact"]) == parts.contact
        ),
        None,
    )
    if contact is None:
        raise Problem("conversion_contact_not_found")
    products = body.get("products") or []
    if not all(product_records.get(world, id) for id in products):
        raise Problem("conversion_product_not_found")
    conversion = {
        "mailing": mailing["name"],
        "linkId": parts.link,
        "contact": contact_records.identifier(world, contact),
        "type": body["type"].strip(),
        "value": body.get("value"),
        "interactionDate": body["interactionDate"],
        "products": products,
    }
    conversion_records.add(world, conversion)
    return NOTHING

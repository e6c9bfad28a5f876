"""Achievements: those of the tenant, and those that contacts have."""

from mockserver.call import Call, Reply
from mockserver.errors import Problem
from mockserver.state.world import World
from mockserver.vendors.voyado import achievement_records, contact_records, tenant_records
from mockserver.vendors.voyado.paging import to_page


def list_achievements(call: Call, world: World) -> object:
    """Returns a page of the tenant's achievements."""
    return to_page(call, [{"metaData": {}, **one} for one in tenant_records.list_achievements(world)])


def list_contact_achievements(call: Call, world: World) -> object:
    """Lists what the contact has achieved. Problem: contact_not_found."""
    contact = call.params["contactId"]
    contact_records.check(world, contact)
    names = {one["id"]: one["name"] for one in tenant_records.list_achievements(world)}
    return [
        {"id": one["achievement"], "name": names[one["achievement"]], "date": one["date"]}
        for one in achievement_records.iterate(world, contact)
    ]


def set_achievement(call: Call, world: World) -> object:
    """Gives the contact the achievement, as of now. Problems: contact_not_found, achievement_not_found."""
    achievement_records.put(world, *_find(call, world))
    return Reply()


def remove_achievement(call: Call, world: World) -> object:
    """Takes the achievement from the contact. Problems: contact_not_found, achievement_not_found."""
    if not achievement_records.remove(world, *_find(call, world)):
        raise Problem("achievement_not_found")
    return Reply()


def _find(call: Call, world: World) -> tuple[str, str]:
    """Returns the ids of the contact and of the achievement."""
    contact = call.params["contactId"]
    contact_records.check(world, contact)
    achievement = tenant_records.find_by_id(world, "achievements", call.params["achievementId"])
    if achievement is None:
        raise Problem("achievement_not_found")
    return contact, str(achievement["id"])

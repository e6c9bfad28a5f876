"""POST /v1/person/merge."""

from datetime import timedelta
from typing import Final

from mockserver.call import Call
from mockserver.errors import Problem
from mockserver.state.world import World
from mockserver.vendors.ortto.bodies import said
from mockserver.vendors.ortto.merging import Merge

_LARGEST: Final = 2 * 1024 * 1024
"""The 2 MB that a payload may have (documented)."""


def merge_people(call: Call, world: World) -> object:
    """Creates and updates people.

    Raises body_malformed (too large), field_unknown (merge_by) and, where no person can be taken (recorded),
    no_valid_people.
    """
    if len(call.raw) > _LARGEST:
        raise Problem("body_malformed", reason="http: request body too large")
    body = said(call.body)
    body["people"] = [said(person) for person in body["people"]]
    merge = Merge(world, body)
    if body.get("async", False):
        world.jobs.schedule(world.now() + timedelta(seconds=1), "merge_later", body=body)
        return {"people": [{"status": "queued"} for _ in body["people"]]}
    done = merge.run()
    rejected = [one for one in done if "error" in one]
    if len(rejected) == len(done):
        raise Problem("no_valid_people", reason=rejected[0]["error"], details=rejected)
    return {"people": done}

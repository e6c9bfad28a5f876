"""The records of a world, in each vendor's own nouns: counted, listed and read."""

from collections.abc import Iterator
from typing import Any

from mockserver.binding.vendor import Vendor
from mockserver.call import Call
from mockserver.control import effects_view, vendor_access
from mockserver.control.record_access import chosen_vendors, find_collection, state_of
from mockserver.errors import Problem
from mockserver.state.collection_spec import CollectionSpec
from mockserver.state.record_pages import RecordQuery, find_record, references
from mockserver.state.worlds import Worlds
from mockserver.storage.store import Space


def list_collections(call: Call, worlds: Worlds) -> object:
    """`{collections: […]}`, each with its number of records. Raises unknown_world, unknown_vendor."""
    return {
        "collections": [
            _collection_view(vendor, spec, space)
            for vendor in chosen_vendors(worlds, call.params.get("vendor"))
            for space in [state_of(worlds, call.params["world"], vendor.name)]
            for spec in vendor.collections.values()
        ]
    }


def list_records(call: Call, worlds: Worlds) -> object:
    """`{records: [{id, record}], next}`, in order of their ids, or sorted.

    Raises unknown_world, unknown_vendor, unknown_collection, too_many_to_sort.
    """
    spec, space = _find(call, worlds)
    given = call.params
    query = RecordQuery(tuple(given.get("where", ())), given.get("search"), given.get("sort"))
    page = query.read_page(space, spec, given.get("after"), given["limit"])
    secrets = effects_view.redaction(worlds)
    shown = [one._asdict() for one in page.records]
    secrets.blank(shown)
    return {"records": shown, "next": page.next}


def get_record(call: Call, worlds: Worlds) -> object:
    """`{id, record, refers}`.

    Raises unknown_world, unknown_vendor, unknown_collection, unknown_record.
    """
    spec, space = _find(call, worlds)
    found = find_record(space, spec, call.params["id"])
    if found is None:
        raise Problem("unknown_record", collection=spec.full_name, id=call.params["id"])
    collections = vendor_access.vendors_by_name(worlds)[spec.vendor].collections
    named = [
        {"pointer": pointer, "collection": target, "id": id}
        for pointer, target, id in references(spec, found.record)
        if find_record(space, collections[target], id) is not None
    ]
    view: dict[str, Any] = found._asdict()
    effects_view.redaction(worlds).blank(view)
    return {**view, "refers": named}


def _collection_view(vendor: Vendor, spec: CollectionSpec, space: Space) -> dict[str, Any]:
    return {
        "vendor": spec.vendor,
        "name": spec.name,
        "title": spec.title,
        "description": spec.description,
        "holds": next((kind for kind, name in _kinds(vendor) if name == spec.name), None),
        "count": space.count_all(spec.kind),
        "summary": [*spec.summary],
        "refers": {**spec.refers},
    }


def _kinds(vendor: Vendor) -> Iterator[tuple[str, str]]:
    """The collections that hold what every vendor has, by what that is."""
    for kind, spec in (("people", vendor.collections.people), ("audiences", vendor.collections.audiences)):
        if spec is not None:
            yield kind, spec.collection


def _find(call: Call, worlds: Worlds) -> tuple[CollectionSpec, Space]:
    """The collection, and the state of the world."""
    spec = find_collection(worlds, call.params["vendor"], call.params["collection"])
    return spec, state_of(worlds, call.params["world"], spec.vendor)

"""All documents of one kind in a space of the store in memory, in order of their ids."""

from mockserver.storage.collection import Collection, Entry


def scan_own(own: Collection | None, after: str, limit: int) -> list[Entry]:
    """At most `limit` documents after the id `after`, tombstones included."""
    return [own.documents[id] for id in own.ids_after(after, limit)] if own is not None else []


def scan_visible(own: Collection | None, below: Collection | None, after: str, limit: int) -> list[Entry]:
    """At most `limit` documents after the id `after`: the own ones, and those of the base that they leave."""
    found: list[Entry] = []
    while len(found) < limit:
        wanted = limit - len(found)
        ids = {id for one in (own, below) if one is not None for id in one.ids_after(after, wanted)}
        if not ids:
            break
        for after in sorted(ids)[:wanted]:
            entry = own.documents.get(after) if own is not None else None
            if entry is None and below is not None:
                entry = below.documents.get(after)
            if entry is not None and entry[3] is not None:
                found.append(entry)
    return found


def count_visible(own: Collection | None, below: Collection | None) -> int:
    """The number of documents, in all lists."""
    live = sum(map(len, own.live.values())) if own is not None else 0
    if below is None:
        return live
    in_base = sum(map(len, below.live.values()))
    return live + in_base - (own.hidden_in_all(below) if own is not None else 0)

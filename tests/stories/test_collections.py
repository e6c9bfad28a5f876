"""Whatever a vendor stores is a record of a collection, or internal with a reason."""

from mockserver import vendors
from tests.read_vendors import read_vendor
from tests.stories.history import played


def test_every_kind_that_is_stored_is_declared() -> None:
    _history, stored = played()
    declared = {
        kind
        for name in vendors.names()
        for kind in (*read_vendor(name).collections.by_kind, *read_vendor(name).collections.internal)
    }
    kinds = {kind for kind in stored if not kind.startswith("_")}
    assert len(kinds) > 50
    assert sorted(kinds - declared) == []

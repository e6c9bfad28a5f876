"""Creating and updating accounts, for accounts/merge with and without async."""

from collections.abc import Mapping
from typing import Any, Final

from mockserver.state.world import World
from mockserver.vendors.ortto.account_records import (
    ORGANIZATION_ID,
    TAGS_FIELD,
    Account,
    AccountStore,
    writable_fields,
)
from mockserver.vendors.ortto.field_schema import require_known, unknown_field_result
from mockserver.vendors.ortto.field_values import to_stored
from mockserver.vendors.ortto.merge_logic import APPEND, IGNORE, OVERWRITE
from mockserver.vendors.ortto.person_records import copy_person

_FIND_FIRST_ONLY: Final = 1


class AccountMerge:
    """One body of accounts/merge. Raises the problem field_unknown for an unknown field in merge_by."""

    def __init__(self, world: World, body: Mapping[str, Any]) -> None:
        self._body = body
        self._store = AccountStore(world)
        self._writable = writable_fields(world)
        self._merge_by: list[str] = body["merge_by"]
        self._strategy = body.get("merge_strategy", OVERWRITE)
        require_known(self._merge_by, self._writable | {ORGANIZATION_ID})

    def run(self) -> list[dict[str, Any]]:
        """The result for each account: `{status, account_id}` or `{status, error}` (inferred)."""
        results = [self._merge(given) for given in self._body["accounts"]]
        self._store.flush()
        return results

    def _merge(self, given: Mapping[str, Any]) -> dict[str, Any]:
        fields = given["fields"]
        unknown = next((id for id in fields if id not in self._writable and id != ORGANIZATION_ID), None)
        if unknown is not None:
            return unknown_field_result(unknown)
        before = self._find(fields)
        if before is None and self._merge_by == [ORGANIZATION_ID]:
            return {"status": "invalid", "error": f"{fields.get(ORGANIZATION_ID)}: Object not found"}
        account = self._store.new() if before is None else copy_person(before)
        if before is None or self._strategy != IGNORE:
            self._set_fields(account, fields, append=before is not None and self._strategy == APPEND)
        self._set_tags(account, given)
        if account != before:
            self._store.put(before, account)
        return {"status": "created" if before is None else "merged", "account_id": account["id"]}

    def _find(self, fields: Mapping[str, Any]) -> Account | None:
        if self._merge_by == [ORGANIZATION_ID]:
            account = self._store.get(str(fields.get(ORGANIZATION_ID, "")).lower())
            return None if account is None or account["archived"] else account
        for field_id in self._merge_by:
            value = fields.get(field_id)
            if value in (None, ""):
                continue
            found = self._store.find(field_id, to_stored(field_id, value))
            if found is not None or self._body.get("find_strategy") == _FIND_FIRST_ONLY:
                return found
        return None

    def _set_fields(self, account: Account, given: Mapping[str, Any], append: bool) -> None:
        fields = account["fields"]
        for field_id, value in given.items():
            if field_id == ORGANIZATION_ID or (append and field_id in fields):
                continue
            if value is None:
                fields.pop(field_id, None)
            else:
                fields[field_id] = to_stored(field_id, value)

    def _set_tags(self, account: Account, given: Mapping[str, Any]) -> None:
        tags, fields = self._store.tags, account["fields"]
        added = tags.find_or_create(list(given.get("tags") or ()))
        tags.mark_used(added)
        removed = tags.find(list(given.get("unset_tags") or ()))
        ids = [id for id in dict.fromkeys([*fields.get(TAGS_FIELD, []), *added]) if id not in removed]
        fields.pop(TAGS_FIELD, None)
        if ids:
            fields[TAGS_FIELD] = ids

"""The parts of a vendor's `account` in a scenario that mean the same for every vendor.

`switches` are settings of the world. `credentials`, those of the default world, and `overlays` adapt the
contract. What else the account has is the vendor's own.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from mockserver.errors import InvalidScenarioError

_PARTS: Final = ("switches", "credentials", "overlays")


def lift_accounts(where: str, content: Mapping[str, Any]) -> dict[str, Any]:
    """The keys of a scenario that the accounts of its vendors change.

    `overlays_at` has the place of each vendor's overlays. Raises `InvalidScenarioError` for what is given in
    two places.
    """
    sections = {name: dict(section) for name, section in content["vendors"].items()}
    settings = dict(content["settings"])
    overlays: dict[str, Sequence[Mapping[str, Any]]] = dict(content["overlays"])
    places = {name: f"/overlays/{name}" for name in overlays}
    for name, section in sections.items():
        account = section.get("account")
        if not isinstance(account, dict):
            continue
        at = f"/vendors/{name}/account"
        if "switches" in account:
            settings["switches"] = _switches(where, at, name, settings.get("switches"), account["switches"])
        actions = [*_from_credentials(account.get("credentials", {})), *account.get("overlays", ())]
        if actions and name in overlays:
            _raise_twice(f"{where} at /overlays/{name}", f"{at} has overlays too")
        if actions:
            overlays[name], places[name] = actions, at
        section["account"] = {key: value for key, value in account.items() if key not in _PARTS}
        if not section["account"]:
            del section["account"]
    return {"vendors": sections, "settings": settings, "overlays": overlays, "overlays_at": places}


def _switches(where: str, at: str, vendor: str, given: Any, own: Mapping[str, Any]) -> dict[str, Any]:
    """The switches of all vendors, with those of an account."""
    switches = dict(given) if isinstance(given, dict) else {}
    others = switches.get(vendor)
    known = dict(others) if isinstance(others, dict) else {}
    for name in own:
        if name in known:
            _raise_twice(f"{where} at {at}/switches/{name}", f"/settings/switches/{vendor} has it too")
    return switches | {vendor: known | dict(own)}


def _from_credentials(credentials: Mapping[str, str]) -> list[dict[str, Any]]:
    """The actions of an overlay that gives the default world these credentials."""
    return [
        {"target": f"$['x-credentials']['{name}']", "update": {"value": value}}
        for name, value in credentials.items()
    ]


def _raise_twice(where: str, what: str) -> None:
    raise InvalidScenarioError(where, what, "keep one of them")

"""Profiles: named days of a world as data, each a set of faults, rate limits and settings with an end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from mockserver.errors import InvalidScenarioError
from mockserver.state.data_file import DataKind, is_path, parse_duration, parse_faults
from mockserver.state.vendor_protocol import VendorProtocol

PROFILES: Final = DataKind("profile", "profiles")
MAX_SECONDS: Final = 315_576_000
"""Ten years: as far as one call moves the clock."""
_OF_START: Final = ("name", "lasts")


@dataclass(frozen=True)
class Profile:
    """A named day as data.

    It ends `lasts` seconds after its start by the world's clock (None: when somebody ends it). `rate_share`
    is the share of each documented rate that the vendors' limits allow; None leaves the rates alone.
    """

    name: str
    description: str
    lasts: float | None
    settings: Mapping[str, Any] = field(hash=False)
    rate_share: float | None
    faults: Sequence[Mapping[str, Any]] = field(hash=False)

    def to_dict(self) -> dict[str, Any]:
        """The profile as in the control contract."""
        members = ("name", "description", "lasts", "settings", "rate_share", "faults")
        return {name: getattr(self, name) for name in members}


def profile_names() -> list[str]:
    """The names of the profiles that come with the server."""
    return PROFILES.names()


def load_profile(name_or_path: str) -> Profile:
    """The profile of this name, or of this file if the text has a slash or ends in .yaml or .yml.

    Raises `InvalidScenarioError`. Text from the network must be one of `profile_names()`, never a path.
    """
    path = PROFILES.find(name_or_path)
    return parse_profile(path.stem, str(path), PROFILES.read(path))


def read_profile(path: str | Path) -> dict[str, Any]:
    """The content of a profile's file as in the control contract. Raises `InvalidScenarioError`."""
    profile = parse_profile(Path(path).stem, str(path), PROFILES.read(Path(path)))
    return {key: value for key, value in profile.to_dict().items() if value is not None}


def parse_profile(name: str, where: str, document: Any) -> Profile:
    """The profile of a document; `where` names the document in errors. Raises `InvalidScenarioError`."""
    content = PROFILES.check(where, document)
    return Profile(
        name,
        content["description"],
        _parse_lasts(where, content["lasts"]),
        content["settings"],
        content["rate_share"],
        parse_faults(where, content["faults"]),
    )


def parse_starts(where: str, starts: Sequence[Any]) -> list[Profile]:
    """The profiles that a scenario starts, by name or with content. Raises `InvalidScenarioError`."""
    found = [parse_start(f"{where} at /profiles/{number}", one) for number, one in enumerate(starts)]
    for number, one in enumerate(found):
        if one.name in [other.name for other in found[:number]]:
            what = f"a second profile {one.name!r}"
            raise InvalidScenarioError(f"{where} at /profiles/{number}", what, "give it another name")
    return found


def parse_start(where: str, start: Any) -> Profile:
    """A shipped profile, named alone or with `lasts`; or the content of another one, with its `name`.

    Raises `InvalidScenarioError`.
    """
    given: dict[str, Any] = {"name": start} if isinstance(start, str) else dict(start)
    name = given["name"]
    if given.keys() <= {*_OF_START}:
        if is_path(name):
            fix = "give the content of the file beside the name"
            raise InvalidScenarioError(where, f"{name!r} is a file", fix)
        shipped = load_profile(name)
        lasts = _parse_lasts(where, given["lasts"]) if "lasts" in given else shipped.lasts
        return Profile(name, shipped.description, lasts, shipped.settings, shipped.rate_share, shipped.faults)
    content = {key: value for key, value in given.items() if key != "name"}
    return parse_profile(name, where, content)


def planned(profile: Profile, vendors: Mapping[str, VendorProtocol]) -> dict[str, Any]:
    """The plan of a profile in a world of these vendors: `{name, description, lasts, settings, faults}`."""
    settings = dict(profile.settings)
    if profile.rate_share is not None:
        shares = {
            name: {limit: max(1, round(calls * profile.rate_share)) for limit, calls in one.rates.items()}
            for name, one in vendors.items()
            if one.rates
        }
        own = settings.get("rates") or {}
        settings["rates"] = {
            name: {**shares.get(name, {}), **own.get(name, {})} for name in {**shares, **own}
        }
    faults = [one for one in profile.faults if one.get("vendor") in (None, *vendors)]
    return {
        "name": profile.name,
        "description": profile.description,
        "lasts": profile.lasts,
        "settings": settings,
        "faults": faults,
    }


def _parse_lasts(where: str, value: Any) -> float | None:
    seconds = parse_duration(f"{where} at /lasts", value)
    if seconds is not None and not 0 < seconds <= MAX_SECONDS:
        raise InvalidScenarioError(f"{where} at /lasts", f"{value!r} is out of range", "give 1s to 3652d")
    found: float | None = seconds
    return found

"""The daily sizes of the audiences of a world, before its start and since."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

from mockserver.call import Call
from mockserver.control.record_access import chosen_vendors
from mockserver.errors import Problem
from mockserver.state.audience_series import AudienceSize, DayCounts, current_day, read_days
from mockserver.state.worlds import Worlds

_DAY: Final = timedelta(days=1)


def get_history(call: Call, worlds: Worlds) -> object:
    """`{days, series: [{vendor, audience, name, sizes, arrivals, departures}]}`.

    Raises unknown_world, unknown_vendor.
    """
    record = worlds.get(call.params["world"])
    vendors = chosen_vendors(worlds, call.params.get("vendor"))
    views = [worlds.load(record, vendor.name) for vendor in vendors]
    if worlds.settings(record["name"]).read().jobs != "manual":
        worlds.job_runner.run_due(record)
        views = [worlds.load(record, vendor.name) for vendor in vendors]
    last = _last_day(call, max((current_day(view) for view in views), default=date.min))
    days = [last - back * _DAY for back in reversed(range(call.params["days"]))]
    series: list[dict[str, Any]] = []
    for vendor, view in zip(vendors, views, strict=True):
        audiences = [
            one for one in vendor.hooks.audience_sizes(view) if call.params.get("audience") in (None, one.id)
        ]
        counts = read_days(view, days[0], last, audiences)
        series += [_series(vendor.name, one, days, counts) for one in audiences]
    return {"days": [day.isoformat() for day in days], "series": series}


def _last_day(call: Call, today: date) -> date:
    if "to" not in call.params:
        return today
    try:
        return date.fromisoformat(call.params["to"])
    except ValueError as error:  # such as 30 February
        reason = f"to: {error}; give a day such as {today}"
        raise Problem("call_does_not_fit", reason=reason, pointer="/to", field="to") from error


def _series(
    vendor: str, audience: AudienceSize, days: list[date], counts: Mapping[date, Mapping[str, DayCounts]]
) -> dict[str, Any]:
    found = [counts.get(day, {}).get(audience.id) for day in days]
    return {
        "vendor": vendor,
        "audience": audience.id,
        "name": audience.name,
        "sizes": [one and one.size for one in found],
        "arrivals": [one and one.arrivals for one in found],
        "departures": [one and one.departures for one in found],
    }

"""The trend report endpoint."""

from mockserver.call import Call
from mockserver.state.world import World
from mockserver.vendors.spotler import paging, trend_report_records


def list_trend_reports(call: Call, world: World) -> object:
    """Returns a page of the trend reports, oldest first."""
    skip, size = int(call.params["after"]), int(call.params["pageSize"])
    found = trend_report_records.page(world, skip, size + 1, call.params.get("enabled"))
    return {"paging": paging.render(call, len(found), size), "trendReports": found[:size]}

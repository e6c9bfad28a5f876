"""The vendors as tests read them: each contract is read, and its schemas are compiled, once in a process."""

from functools import cache

from mockserver import vendors
from mockserver.binding.vendor import Vendor


@cache
def read_vendor(name: str) -> Vendor:
    """The vendor with this name, for what does not change it: `vendors.find` takes 60 ms, each time."""
    return vendors.find(name)

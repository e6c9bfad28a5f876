"""Text block about a vendor of a world: base URL, credentials, example call."""

from collections.abc import Mapping


def format_vendor(
    vendor: str, url: str, credentials: Mapping[str, str], curl: str | None = None
) -> list[str]:
    """The lines of the block: base URL, credentials and, if given, a curl command."""
    fields = "  ".join(f"{name}={value}" for name, value in credentials.items())
    return [line for line in (f"  {vendor:<18}{url}", f"    {fields}", f"    {curl}" if curl else "") if line]

"""How a vendor of a world is shown in the shell."""

from collections.abc import Mapping


def lines(vendor: str, url: str, credentials: Mapping[str, str], curl: str | None = None) -> list[str]:
    """A vendor's base URL, its credentials and, where there is one, a call to paste: one line each."""
    presented = "  ".join(f"{name}={value}" for name, value in credentials.items())
    return [
        line for line in (f"  {vendor:<18}{url}", f"    {presented}", f"    {curl}" if curl else "") if line
    ]

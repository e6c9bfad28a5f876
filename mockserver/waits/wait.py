"""One wait of a client: for how long, by what, and after which exchange."""

from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime

from mockserver.call import Exchange
from mockserver.formats.durations import format_seconds
from mockserver.formats.exchange_format import format_summary


@dataclass(frozen=True)
class Wait:
    """One wait: its seconds, what waited (`time.sleep`), in which thread, after which exchange (or None)."""

    seconds: float
    kind: str
    thread: str
    exchange: Exchange | None = None

    @property
    def number(self) -> int | None:
        """The number of the exchange before the wait; None if there was none."""
        return self.exchange["number"] if self.exchange else None

    @property
    def vendor(self) -> str | None:
        """The vendor that was called before the wait."""
        return self.exchange["vendor"] if self.exchange else None

    @property
    def operation(self) -> str | None:
        """The operation that was called before the wait."""
        return self.exchange["operation"] if self.exchange else None

    @property
    def status(self) -> int | None:
        """The status of the reply before the wait."""
        return self.exchange["reply"]["status"] if self.exchange else None

    @property
    def problem(self) -> str | None:
        """The problem of the reply before the wait; None if there was none."""
        return self.exchange["problem"] if self.exchange else None

    @property
    def fault(self) -> str | None:
        """The kind of the fault that affected the exchange before the wait."""
        fault = self.exchange["fault"] if self.exchange else None
        return fault["kind"] if fault else None

    @property
    def retry_after(self) -> float | None:
        """The seconds that the `Retry-After` of the reply before the wait asks for; None without it."""
        return retry_after(self.exchange) if self.exchange else None

    def __str__(self) -> str:
        asked = f" (Retry-After: {self.retry_after:g})" if self.retry_after is not None else ""
        before = (
            f"after {self.number}  {format_summary(self.exchange)}{asked}"
            if self.exchange
            else "before any call"
        )
        return f"{format_seconds(self.seconds):>10}  {before}  [{self.kind}]"


def retry_after(exchange: Exchange) -> float | None:
    """The seconds that the reply's `Retry-After` asks for: a number, or a date after the exchange."""
    text = {name.lower(): one for name, one in exchange["reply"]["headers"].items()}.get("retry-after", "")
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, (until - datetime.fromisoformat(exchange["at"])).total_seconds())

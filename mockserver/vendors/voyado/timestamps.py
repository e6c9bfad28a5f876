"""Timestamps as Engage formats them, and calendar days as `YYYY-MM-DD`, which compare as strings."""

from datetime import UTC, date, datetime, timedelta

from mockserver.state.world import World


def format_timestamp(time: datetime) -> str:
    """Formats a UTC time as `2023-02-08T12:15:59.212Z`, one of the formats in the vendor's documentation."""
    return time.isoformat(timespec="milliseconds")[:-6] + "Z"


def today(world: World) -> str:
    """Returns the current day of the world's clock."""
    return world.today().isoformat()


def next_midnight(time: datetime) -> datetime:
    """Returns the first midnight (UTC) after the given time."""
    return datetime.combine(time.date(), datetime.min.time(), UTC) + timedelta(days=1)


def age(birthday: str, day: str) -> int:
    """Returns the age in whole years on the given day."""
    return int(day[:4]) - int(birthday[:4]) - (day[5:] < birthday[5:])


def add_days(day: str, days: int) -> str:
    """Returns the day that is the given number of days later (earlier if negative)."""
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()


def anniversaries_on(day: str) -> frozenset[str]:
    """Returns each `MM-DD` with its anniversary on the day; 29 February falls on the 28th in common years."""
    if day[5:] == "02-28" and add_days(day, 1)[5:] == "03-01":
        return frozenset(("02-28", "02-29"))
    return frozenset((day[5:],))


def next_anniversary(month_day: str, day: str) -> str:
    """Returns the first anniversary of a `MM-DD` after the given day."""
    year = int(day[:4])
    candidates = (_anniversary_in(month_day, year), _anniversary_in(month_day, year + 1))
    return min(candidate for candidate in candidates if candidate > day)


def _anniversary_in(month_day: str, year: int) -> str:
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return f"{year}-02-28" if month_day == "02-29" and not leap else f"{year}-{month_day}"

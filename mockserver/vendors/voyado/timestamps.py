"""Moments and days as Engage writes them."""

from datetime import UTC, date, datetime, timedelta

from mockserver.state.world import World


def written(moment: datetime) -> str:
    """A moment of UTC as `2023-02-08T12:15:59.212Z`: the vendor's documentation writes some so."""
    return moment.isoformat(timespec="milliseconds")[:-6] + "Z"


def today(world: World) -> str:
    """The day that the world's clock shows, `YYYY-MM-DD`; days compare as texts."""
    return world.now().date().isoformat()


def next_midnight(moment: datetime) -> datetime:
    """The first midnight (UTC) after the moment."""
    return datetime.combine(moment.date(), datetime.min.time(), UTC) + timedelta(days=1)


def age(birthday: str, day: str) -> int:
    """Whole years from the birthday to the day."""
    return int(day[:4]) - int(birthday[:4]) - (day[5:] < birthday[5:])


def days_later(day: str, days: int) -> str:
    """The day so many days after (before, if negative)."""
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()


def keeps_anniversaries(day: str) -> frozenset[str]:
    """The `MM-DD` whose anniversary the day is: in common years 29 February is kept on the 28th."""
    if day[5:] == "02-28" and days_later(day, 1)[5:] == "03-01":
        return frozenset(("02-28", "02-29"))
    return frozenset((day[5:],))


def next_anniversary(month_day: str, day: str) -> str:
    """The first day after `day` that keeps the anniversary of a `MM-DD`."""
    year = int(day[:4])
    return min(kept for kept in (_kept(month_day, year), _kept(month_day, year + 1)) if kept > day)


def _kept(month_day: str, year: int) -> str:
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return f"{year}-02-28" if month_day == "02-29" and not leap else f"{year}-{month_day}"

"""Voyado: calendar days."""

from datetime import date, timedelta

from mockserver.vendors.voyado import timestamps


def test_there_is_one_anniversary_per_year() -> None:
    for month_day in ("01-01", "02-28", "02-29", "03-01", "12-31"):
        anniversaries = []
        day = date(2026, 1, 5)
        for _ in range(4):
            following = timestamps.next_anniversary(month_day, day.isoformat())
            assert month_day in timestamps.anniversaries_on(following)
            between = [
                (day + timedelta(days=days)).isoformat()
                for days in range(1, (date.fromisoformat(following) - day).days)
            ]
            assert not any(month_day in timestamps.anniversaries_on(skipped) for skipped in between)
            day = date.fromisoformat(following)
            anniversaries.append(following)
        years = [anniversary[:4] for anniversary in anniversaries]
        assert years == sorted(set(years))

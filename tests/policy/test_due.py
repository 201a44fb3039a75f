"""By when a task is due: working days end at 17:00 in the owner's zone, and weekends do not count."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skill.errors import InputError
from skill.model.playbook import Due
from skill.policy.due import back_at, due_at
from skill.policy.signals.windows import zone_of

CASES = [
    # made on (UTC), the play says, owner's zone, due there
    ("2026-11-18T09:00", "2 working days", "Europe/Berlin", "Fri 2026-11-20 17:00"),
    ("2026-11-20T15:00", "2 working days", "Europe/Berlin", "Tue 2026-11-24 17:00"),
    ("2026-11-21T09:00", "2 working days", "Europe/Berlin", "Tue 2026-11-24 17:00"),
    ("2026-11-22T23:30", "2 working days", "Europe/Berlin", "Wed 2026-11-25 17:00"),
    ("2026-11-22T23:30", "2 working days", "America/New_York", "Tue 2026-11-24 17:00"),
    ("2026-11-20T15:00", "0 working days", "Europe/Berlin", "Fri 2026-11-20 17:00"),
    ("2026-11-20T15:00", "0.5 working days", "Europe/Berlin", "Mon 2026-11-23 17:00"),
    ("2026-11-20T22:00", "4 hours", "UTC", "Mon 2026-11-23 02:00"),
    ("2026-11-21T09:00", "4 hours", "UTC", "Mon 2026-11-23 04:00"),
    ("2026-11-18T09:00", "48 hours", "UTC", "Fri 2026-11-20 09:00"),
    # Clocks change: on 27 March 2026 a Friday; Monday's 17:00 is summer time.
    ("2026-03-27T09:00", "1 working days", "Europe/Berlin", "Mon 2026-03-30 17:00"),
    ("2028-02-28T09:00", "1 working days", "Asia/Tokyo", "Tue 2028-02-29 17:00"),
    ("2026-11-18T09:00", "nothing", "No/Such_Zone", "Fri 2026-11-20 17:00"),
]


@pytest.mark.parametrize(("made", "says", "zone", "expected"), CASES)
def test_a_task_is_due_on_the_working_day_that_a_person_would_name(
    made: str, says: str, zone: str, expected: str
) -> None:
    due = None
    if says != "nothing":
        n, _, unit = says.partition(" ")
        due = Due.model_validate({"n": n, "unit": unit})
    at = due_at(due, datetime.fromisoformat(made).replace(tzinfo=UTC), zone)
    assert f"{at.astimezone(zone_of(zone)):%a %Y-%m-%d %H:%M}" == expected


@given(
    hours=st.integers(0, 20 * 366 * 24),
    n=st.decimals(0, 60, places=1),
    unit=st.sampled_from(["hours", "working days"]),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "America/Sao_Paulo", "Pacific/Apia", "Asia/Kolkata"]),
)  # fmt: skip
def test_a_task_is_never_due_on_a_weekend_and_more_time_is_never_earlier(
    hours: int, n: Decimal, unit: str, zone: str
) -> None:
    now = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(hours=hours)
    first = due_at(Due.model_validate({"n": n, "unit": unit}), now, zone)
    later = due_at(Due.model_validate({"n": n + 1, "unit": unit}), now, zone)
    assert first.astimezone(zone_of(zone)).weekday() < 5
    assert later >= first
    assert unit != "hours" or first >= now + timedelta(hours=float(n))


def test_a_snoozed_task_comes_back_on_that_morning_in_the_owners_zone() -> None:
    now = datetime(2026, 11, 21, 9, tzinfo=UTC)
    assert back_at(date(2026, 12, 1), now, "Europe/Berlin").isoformat() == "2026-12-01T08:00:00+00:00"  # fmt: skip
    for until in (date(2026, 11, 20), date(2028, 1, 1), now):
        with pytest.raises(InputError):
            back_at(until, now, "Europe/Berlin")

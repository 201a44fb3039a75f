"""A call about a task: one entry however often it is sent, at the owner's own time, and nothing internal for customers."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from icalendar import Calendar, Event

from skill.delivery.calendar import call_at, ics
from skill.errors import InputError
from skill.model.account import Owner
from skill.model.task import Contact, Internal, OwnerTask, TalkingPoint, TaskCause

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
INSIDE = "Lead with the time; saved, not \\ with price\nBEGIN:VEVENT"


def task(**more: Any) -> OwnerTask:
    fields: dict[str, Any] = {
        "id": "eff_0a1b",
        "account": "northmoor",
        "owner": Owner(name='Lee "L", Owner', email="lee@fernway.example", time_zone="Europe/Berlin"),
        "kind": "question",
        "title": "Cleo asked; about, exports\r\nATTENDEE:mailto:evil@example.com",
        "topics_version": "sha256:1",
        "causes": [TaskCause(effect="eff_0a1b", kind="question", name="Can I?", at=NOW)],
        "internal": Internal(talking_points=(TalkingPoint(text=INSIDE, source="a.md:1"),)),
        "contacts": [Contact(name="Cleo", why="asked", email="cleo@northmoor.example")],
        "created_at": NOW,
        "due_at": NOW + timedelta(days=3),
        "time_zone": "Europe/Berlin",
        "as_of": NOW,
        **more,
    }  # fmt: skip
    return OwnerTask.model_validate(fields)


def event(made: bytes) -> Event:
    found = Calendar.from_ical(made).events
    assert len(found) == 1
    return found[0]


def test_a_call_has_a_stable_id_and_the_same_bytes() -> None:
    made = ics(task(), starts_at=NOW)
    assert made == ics(task(), starts_at=NOW)
    assert event(made)["uid"] == "eff_0a1b@tactful"
    moved = ics(task(), starts_at=NOW + timedelta(days=1))
    assert event(moved)["uid"] == "eff_0a1b@tactful"


def test_it_is_at_the_owners_own_time_with_the_rules_of_that_zone() -> None:
    made = ics(task(), starts_at=NOW, minutes=45)
    assert b"DTSTART;TZID=Europe/Berlin:20261121T100000" in made
    assert b"DTEND;TZID=Europe/Berlin:20261121T104500" in made
    assert b"BEGIN:VTIMEZONE\r\nTZID:Europe/Berlin" in made
    assert b"DTSTAMP:20261121T090000Z" in made
    assert len(made) < 3_000


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-11-20T09:00+00:00", "2026-11-23T10:00:00+01:00"),
        ("2026-11-23T09:00+00:00", "2026-11-24T10:00:00+01:00"),
        ("2026-03-27T22:59+00:00", "2026-03-30T10:00:00+02:00"),
    ],
)
def test_a_call_without_a_time_is_at_ten_on_the_next_working_day(now: str, expected: str) -> None:
    assert call_at(task(), datetime.fromisoformat(now)).isoformat() == expected


def test_there_is_a_reminder_and_the_owner_calls() -> None:
    found = event(ics(task(), starts_at=NOW))
    assert found.alarms.times[0].trigger == NOW - timedelta(minutes=15)
    assert str(found["organizer"]) == "mailto:lee@fernway.example"
    assert found["attendee"].params["ROLE"] == "CHAIR"


def test_the_owner_alone_reads_the_talking_points_word_for_word() -> None:
    found = event(ics(task(), starts_at=NOW))
    assert INSIDE in str(found["description"])
    assert str(found["class"]) == "PRIVATE"


def test_where_a_customer_is_invited_nothing_internal_is_in_the_file() -> None:
    made = ics(task(), starts_at=NOW, invite=("cleo@northmoor.example",))
    flat = re.sub(rb"\r\n ", b"", made)
    assert b"Lead with" not in flat
    assert b"Can I?" not in flat
    found = event(made)
    asked = next(a for a in found.attendees if "cleo" in str(a))
    assert asked.params["CN"] == "Cleo"
    assert asked.params["RSVP"] == "TRUE"


def test_no_text_begins_a_property_of_its_own() -> None:
    lines = re.sub(rb"\r\n ", b"", ics(task(), starts_at=NOW)).split(b"\r\n")
    assert not [line for line in lines if line.startswith(b"ATTENDEE") and b"evil" in line]
    assert lines.count(b"BEGIN:VEVENT") == 1


@pytest.mark.parametrize(
    "address", ["", "cleo", "a@b@c", "a@b\r\nX:1", 'a"@b.c', "a b@c.d", "a@b;c"]
)
def test_what_is_no_address_is_not_invited(address: str) -> None:
    with pytest.raises(InputError):
        ics(task(), starts_at=NOW, invite=(address,))

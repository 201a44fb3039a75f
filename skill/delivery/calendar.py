"""A call about an owner task as an iCalendar file: stable UID, the owner's own zone, and nothing internal where the customer reads it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta, tzinfo

from icalendar import Alarm, Calendar, Event, vCalAddress, vText

from skill.delivery.task_text import cause_said, proposal_rows
from skill.errors import InputError
from skill.model.packet import Packet
from skill.model.task import Contact, OwnerTask
from skill.policy.due import next_working_day
from skill.policy.signals.windows import zone_of

MINUTES = 30
_REMINDER = timedelta(minutes=15)
_YEAR = timedelta(days=366)
_MORNING = time(10, 0)
_NEVER = frozenset(' ,;:"<>\\')
"""What no address holds that is written without quotes."""


def call_at(task: OwnerTask, now: datetime) -> datetime:
    """When a call is put down that nobody gave a time: ten in the morning of the owner's next working day."""
    zone = zone_of(task.time_zone)
    day = next_working_day(now.astimezone(zone).date())
    return datetime.combine(day, _MORNING, tzinfo=zone)


def ics(
    task: OwnerTask, *, starts_at: datetime, minutes: int = MINUTES, invite: tuple[str, ...] = ()
) -> bytes:
    """A call about the task, for the owner's calendar; the same bytes for the same call.

    Args:
        task: what it is about.
        starts_at: when; it is written in the owner's zone, whose rules are in the file.
        minutes: how long.
        invite: addresses of people at the account who are invited. Where there is one, the text is the task's note
            and nothing else: no talking point, no proposal and no figure that is not in the note.

    Raises:
        InputError: an address that is none.
    """
    zone = zone_of(task.time_zone)
    event = Event()
    event.add("uid", uid(task))
    # A file made again is the same file, so it is stamped with the moment its figures are of.
    event.add("dtstamp", task.as_of.astimezone(UTC))
    event.add("dtstart", _there(starts_at, zone))
    event.add("dtend", _there(starts_at + timedelta(minutes=minutes), zone))
    shared = bool(invite)
    event.add("summary", _summary(task, shared=shared))
    event.add("description", "\n".join(_said(task, shared=shared)))
    event.add("status", "TENTATIVE")
    event.add("class", "PUBLIC" if shared else "PRIVATE")
    for name, address in _people(task, invite):
        event.add(name, address, encode=False)
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", _summary(task, shared=shared))
    alarm.add("trigger", -_REMINDER)
    event.add_component(alarm)
    calendar = Calendar()
    calendar.add("prodid", "-//Tactful//Owner tasks//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "REQUEST" if shared else "PUBLISH")
    calendar.add_component(event)
    # The zone's rules around the call are enough; those of a century make a file that nobody can read.
    day = starts_at.date()
    calendar.add_missing_timezones(first_date=day - _YEAR, last_date=day + _YEAR)
    return bytes(calendar.to_ical())


def uid(task: OwnerTask) -> str:
    """The id of the call: that of its task, so that a file sent again replaces the entry and adds none."""
    # Ids are made by us, but a file from elsewhere may hold any: a digest fits in every calendar.
    known = task.id if task.id.isascii() and task.id.replace("_", "").isalnum() else ""
    return f"{known or hashlib.sha256(task.id.encode()).hexdigest()[:32]}@tactful"


def _there(at: datetime, zone: tzinfo) -> datetime:
    return at.astimezone(zone)


def _summary(task: OwnerTask, *, shared: bool) -> str:
    if not shared:
        return f"{task.title} ({task.account})"
    return _one_line(task.note.title.text) if task.note else _with_owner(task)


def _with_owner(task: OwnerTask) -> str:
    return f"Call with {task.owner.name}" if task.owner else "Call"


def _said(task: OwnerTask, *, shared: bool) -> Iterator[str]:
    if shared:
        yield from _note(task.note) if task.note else ()
        return
    yield from (cause_said(c) for c in task.causes)
    if task.proposal is not None:
        yield ""
        yield from (f"{name}: {said}" for name, said in proposal_rows(task.proposal))
    points = (*task.internal.talking_points, *task.internal.do_not)
    if points:
        yield ""
        yield "Internal:"
        yield from (f"- {p.text.replace('**', '')}" for p in points)


def _note(note: Packet) -> Iterator[str]:
    """The note in plain lines; what is quoted stays word for word."""
    for section in note.sections:
        yield ", ".join(said.text for said in section.heading)
        yield from (said.text for said in section.paragraphs)
        for table in section.tables:
            for row in table.rows:
                cells = (", ".join(said.text for said in cell) for cell in row.cells)
                yield "; ".join(cell for cell in cells if cell)
        yield ""


def _people(task: OwnerTask, invite: tuple[str, ...]) -> Iterator[tuple[str, vCalAddress]]:
    """The owner calls; who is invited is named as the account names them."""
    owner = task.owner
    if owner is not None and _is_address(owner.email):
        yield "organizer", _address(owner.email, owner.name, role="CHAIR")
        yield "attendee", _address(owner.email, owner.name, role="CHAIR")
    for address in dict.fromkeys(invite):
        found = next((c for c in task.contacts if c.email == address), Contact(name="", why=""))
        yield "attendee", _address(address, found.name, role="REQ-PARTICIPANT", asked=True)


def _address(email: str, name: str, *, role: str, asked: bool = False) -> vCalAddress:
    if not _is_address(email):
        raise InputError("this is no address that can be invited", pointer="?invite")
    address = vCalAddress(f"mailto:{email}")
    if name:
        address.params["cn"] = vText(_one_line(name).replace('"', "'"))
    address.params["role"] = vText(role)
    if asked:
        address.params["partstat"] = vText("NEEDS-ACTION")
        address.params["rsvp"] = vText("TRUE")
    return address


def _is_address(email: str) -> bool:
    """One mailbox, and nothing that could begin another property or parameter of the file."""
    return email.count("@") == 1 and email.isprintable() and not set(email) & _NEVER


def _one_line(text: str) -> str:
    """Text of somebody else's where a line's end would begin another property."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())

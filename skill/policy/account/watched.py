"""Watched: the meters of an account against their limits, and how much came on top in each of the last weeks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from skill.model.account import Customer
from skill.model.playbook import Playbook
from skill.model.readiness import Watched
from skill.policy import gate
from skill.policy.account.allowances import allowance, projection, share_of
from skill.policy.account.measured import COUNTED
from skill.policy.signals.growth import rose_by, used_within
from skill.policy.signals.record import Course, Record
from skill.policy.signals.windows import Span, until

WEEK = timedelta(weeks=1)


def watched(
    playbook: Playbook, customer: Customer, now: datetime, *, weeks: int = 1
) -> tuple[Watched, ...]:
    """Each meter of which this account has a limit in figures, in the order of the Topics."""
    record = Record(playbook, customer, now)
    plan = gate.held_plan(playbook, customer)
    rows = []
    for key, meter in playbook.meters.items():
        limit = allowance(record, key)
        if limit is None or not isinstance(limit.value, Decimal):
            continue
        course = record.course(key)
        used = course.newest
        projected, day = projection(record, key)
        rows.append(
            Watched(
                account=customer.account.id,
                plan=plan.name if plan else customer.account.plan or "",
                meter=key,
                name=meter.name,
                unit=meter.unit,
                used=used,
                limit=limit.value,
                source=limit.source,
                share=share_of(used, limit),
                changes=_changes(record, key, weeks),
                projected=projected,
                projected_day=day,
                as_of=course.ats[-1] if course.ats else None,
                stale=bool(course.ats) and not course.is_fresh,
            )
        )
    return tuple(rows)


def by_nearness(rows: Sequence[Watched]) -> tuple[Watched, ...]:
    """The nearest to its limit first; then limits of none, and what nobody can say."""

    def place(row: Watched) -> tuple[int, Decimal, str, str]:
        if row.share is not None:
            return 0, -row.share, row.account, row.meter
        return (1 if row.used is not None else 2), Decimal(0), row.account, row.meter

    return tuple(sorted(rows, key=place))


def week_ends(now: datetime, weeks: int) -> tuple[datetime, ...]:
    """The ends of the last weeks, the latest first; the first one is now."""
    return tuple(now - n * WEEK for n in range(weeks))


def _changes(record: Record, meter: str, weeks: int) -> tuple[Decimal | None, ...]:
    """What came on top in each week: how much was used of a meter that begins again, how much any other rose.

    A week is told where the meter stood freshly read at its start and at its end, by its own maximum age.
    """
    course = record.course(meter)
    known = record.playbook.meters.get(meter)
    rise = used_within if known is not None and known.resets in COUNTED else rose_by
    age = timedelta(hours=float((known.max_age_hours if known else None) or gate.DEFAULT_MAX_AGE_HOURS))  # fmt: skip
    return tuple(
        rise(course, Span(end - WEEK, until(end)))
        if _was_read(course, end, age) and _was_read(course, end - WEEK, age)
        else None
        for end in week_ends(record.now, weeks)
    )


def _was_read(course: Course, at: datetime, age: timedelta) -> bool:
    last = course.last_of(Span(at - age, until(at)))
    return last is not None

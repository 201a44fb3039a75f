"""The made-up accounts as customers, and one of their people found by name."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from pathlib import Path
from random import Random

from skill.errors import UnknownPerson
from skill.model.account import (
    Account,
    Customer,
    Fact,
    Incident,
    Owner,
    Past,
    Person,
    Reading,
    Right,
    Ticket,
)
from skill.sample.accounts import STORIES
from skill.sample.story import USUAL_FACTS, USUAL_HABITS, USUAL_METERS, Property, Story
from skill.sample.usage import events, readings

SEED = 7
_PACKAGE = Path(__file__).parents[1]
_DAY = timedelta(days=1)


def sample_topics() -> Path:
    """The folder of Fernway's Topics: the one in the wheel, else the repository's own."""
    shipped = _PACKAGE / "sample_topics"
    return shipped if shipped.is_dir() else _PACKAGE.parent / "topics"


def sample_customers(now: datetime, *, seed: int = SEED) -> tuple[Customer, ...]:
    """Everybody who asks, with everything known about them now; the people of an account stand together.

    The same moment and seed give equal customers, and a further account changes none of the others.
    """
    return tuple(customer for story in STORIES for customer in _customers(story, now, seed))


def find_person(name: str, now: datetime) -> Customer:
    """The person with this id, first name or e-mail address.

    Raises:
        UnknownPerson: nobody is called that; the help names the nearest.
    """
    wanted = name.strip().casefold()
    for story in STORIES:
        for customer in _customers(story, now, SEED) if _lives_here(wanted, story) else ():
            if wanted in (customer.person.id, customer.person.email):
                return customer
    ids = [person for story in STORIES for person in story.people]
    near = get_close_matches(wanted.partition("@")[0], ids, n=3, cutoff=0.5)
    listed = ", ".join(f"`{one}`" for one in near or ids[:6])
    raise UnknownPerson(
        f"nobody called `{name[:80]}` at the sample company",
        pointer="--as",
        help=f"did you mean {listed}?"
        if near
        else f"people of the sample company: {listed} and more",
    )


def why_here(account: str) -> str:
    """Why the account with this id is part of the sample, in one line; empty where there is none."""
    return next((story.why for story in STORIES if story.id == account), "")


def _lives_here(wanted: str, story: Story) -> bool:
    return any(wanted in (person, _email(person, story)) for person in story.people)


def _email(person: str, story: Story) -> str:
    return f"{person}@{story.id}.example"


def _customers(story: Story, now: datetime, seed: int) -> Iterator[Customer]:
    """One customer for each person of an account; all of them share what is known about it."""
    now = now.astimezone(UTC)
    chance = Random(f"{seed} {story.id}")
    hour = now.replace(minute=0, second=0, microsecond=0)
    meters = {
        **USUAL_METERS[story.plan if story.plan in USUAL_METERS else "starter"],
        **story.meters,
    }
    habits = (*(USUAL_HABITS if story.plan not in (None, "free") else ()), *story.does)
    whole = Customer(
        account=_account(story, hour),
        facts=tuple(
            Fact(name=name, value=value, source="product", as_of=hour)
            for name, value in {**USUAL_FACTS, **story.facts}.items()
        ),
        usage=tuple(_sorted(readings(meters, now, now - _DAY * story.last_read, chance))),
        events=tuple(events(habits, story.id, now, chance)),
        history=tuple(
            Past.model_validate({"kind": kind, "offer": offer, "at": hour - _DAY * ago})
            for kind, offer, ago in story.past
        ),
        tickets=tuple(
            Ticket(
                id=f"{story.id}-ticket-{n}",
                category=category,
                opened_at=hour - _DAY * opened,
                closed_at=None if closed is None else hour - _DAY * closed,
            )
            for n, (category, opened, closed) in enumerate(story.tickets, 1)
        ),
        incidents=tuple(
            Incident(
                id=f"{story.id}-incident-{n}",
                touches=(what,),
                started_at=hour - _DAY * began,
                ended_at=None if ended is None else hour - _DAY * ended,
            )
            for n, (what, began, ended) in enumerate(story.incidents, 1)
        ),
        now=now,
    )
    for person, role in story.people.items():
        yield whole.model_copy(update={"person": _person(person, role, story)})


def _sorted(found: Iterator[Reading]) -> list[Reading]:
    return sorted(found, key=lambda reading: (reading.at, reading.meter))


def _account(story: Story, hour: datetime) -> Account:
    return Account(
        id=story.id,
        plan=story.plan,
        bundles=story.bundles,
        region=story.region,
        currency=story.currency,
        grants=tuple(
            Right(name=name, source=source, until=None if days is None else hour + _DAY * days)
            for name, source, days in story.grants
        ),
        limits=dict(story.limits),
        traits={**story.traits, **_bills(story, hour)},
        owner=_owner(story.owner) if story.owner else None,
        admins=_admins(story),
    )


def _bills(story: Story, hour: datetime) -> dict[str, Property]:
    """What Fernway's invoices know of an account: how often, by which calendar, and from when on anew."""
    if story.plan in (None, "free"):
        return {}
    bills: dict[str, Property] = {"billing": story.billing, "billing-zone": story.zone}
    if story.billing == "monthly" and story.billing_day is not None:
        bills["billing-day"] = story.billing_day
    if story.renews_in is not None:
        bills["next-renewal"] = (hour + _DAY * story.renews_in).date().isoformat()
    if story.grandfathered:
        bills["grandfathered"] = True
    return bills


def _admins(story: Story) -> tuple[str, ...]:
    asking = [p.title() for p, role in story.people.items() if role in ("owner", "admin")]
    return tuple(name for name in (*asking, story.admin) if name)


def _owner(name: str) -> Owner:
    return Owner(name=name, email=f"{name.lower()}@fernway.example", time_zone="Europe/Berlin")


def _person(person: str, role: str, story: Story) -> Person:
    return Person(
        id=person,
        role=role,
        name=person.title(),
        email=_email(person, story),
        time_zone=story.zone,
        opted_out=story.opted_out,
    )

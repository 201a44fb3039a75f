"""From the parse tree of a phrase to its value: restraint, plays, kinds of feature and the workspace's settings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from lark import Token, Transformer

from skill.compiler.amounts import number, singular
from skill.compiler.conditions import share
from skill.model.playbook import Cap, Due, FollowUp, JourneyWindow, QuietHours, Saving, Variant

_WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_COUNTS = {"once": 1, "twice": 2} | {word: n for n, word in enumerate(_WORDS, 1)}
_CHANNELS = {
    "in-app notification": "in_app",
    "in_app": "in_app",
    "task for the account owner": "owner_task",
    "owner task": "owner_task",
    "owner_task": "owner_task",
    "email": "email",
    "answer": "answer",
}


@dataclass(frozen=True)
class SituationPhrase:
    """A situation of the restraint Topic, read."""

    kind: str
    subject: str = ""
    n: int = 0
    window_hours: Decimal | None = None
    per: str = "person"
    of_this_offer: bool = False
    of_family: bool = False


@dataclass(frozen=True)
class PausePhrase:
    """How long offers rest, read."""

    hours: Decimal | None = None
    until_over: bool = False
    explain: bool = False
    until_ready: bool = False
    quiet: QuietHours | None = None


@dataclass(frozen=True)
class KindPhrase:
    """What kind of feature it is, and the names of its meters."""

    kind: str
    meters: tuple[str, ...] = ()


class Conduct(Transformer[Token, Any]):
    """How the skill behaves; every method is one form."""

    def open_ticket(self, _: list[Any]) -> SituationPhrase:
        return SituationPhrase("open_ticket")

    def incident(self, _: list[Any]) -> SituationPhrase:
        return SituationPhrase("incident")

    def unresolved_bug(self, _: list[Any]) -> SituationPhrase:
        return SituationPhrase("unresolved_bug")

    def customer_said(self, items: list[Token]) -> SituationPhrase:
        said = items[0].strip('"')
        return SituationPhrase("customer_said", subject=said, per=_per(items[1:]))

    def any_offer_shown(self, items: list[Any]) -> SituationPhrase:
        return SituationPhrase("any_offer_shown", per=_per(items))

    def this_offer_shown(self, items: list[Any]) -> SituationPhrase:
        return SituationPhrase("this_offer_shown", per=_per(items))

    def this_offer_ended(self, items: list[Token]) -> SituationPhrase:
        return SituationPhrase(
            "outcome", subject=items[0].lower(), per=_per(items[1:]), of_this_offer=True
        )

    def offer_ended(self, items: list[Token]) -> SituationPhrase:
        return SituationPhrase("outcome", subject=items[1].lower(), per=_per(items[2:]))

    def frequency_cap(self, items: list[Cap]) -> SituationPhrase:
        cap = items[0]
        return SituationPhrase(
            "frequency_cap",
            n=cap.n,
            window_hours=cap.window_hours,
            per=cap.per,
            of_family=cap.of_family,
        )

    def quiet_hours(self, _: list[Any]) -> SituationPhrase:
        return SituationPhrase("quiet_hours")

    def closed_in_a_row(self, items: list[Any]) -> SituationPhrase:
        return SituationPhrase("closed_in_a_row", n=items[0], per=_per(items[1:]))

    def unpaid_invoice(self, _: list[Any]) -> SituationPhrase:
        return SituationPhrase("unpaid_invoice")

    def checkout_open(self, _: list[Any]) -> SituationPhrase:
        return SituationPhrase("checkout_open")

    def person_replied(self, _: list[Any]) -> SituationPhrase:
        return SituationPhrase("person_replied")

    def opted_out(self, _: list[Any]) -> SituationPhrase:
        return SituationPhrase("opted_out")

    def moment_not_reached(self, items: list[str]) -> SituationPhrase:
        return SituationPhrase("moment_not_reached", subject=items[0])

    def forever(self, _: list[Any]) -> PausePhrase:
        return PausePhrase()

    def for_hours(self, items: list[Decimal]) -> PausePhrase:
        return PausePhrase(hours=items[0])

    def until(self, _: list[Any]) -> PausePhrase:
        return PausePhrase(until_over=True)

    def until_then(self, items: list[Any]) -> PausePhrase:
        return PausePhrase(hours=items[-1], until_over=True)

    def explain(self, items: list[Any]) -> PausePhrase:
        return PausePhrase(explain=True, until_ready=bool(items))

    def quiet(self, items: list[Any]) -> PausePhrase:
        start, end = (_clock(time) for time in items[:2])
        if start == end:
            raise ValueError("quiet hours that begin when they end")
        weekends = "weekends" in items[2:]
        return PausePhrase(quiet=QuietHours(start=start, end=end, weekends=weekends))

    def weekends(self, _: list[Any]) -> str:
        return "weekends"

    def zone(self, _: list[Any]) -> str:
        return "zone"

    def asked(self, _: list[Any]) -> str:
        return "asked"

    def limit_reached(self, _: list[Any]) -> str:
        return "limit_reached"

    def ready(self, _: list[Any]) -> str:
        return "ready"

    def cap(self, items: list[Any]) -> Cap:
        shown, unless = items[0], items[1] if len(items) > 1 else ""
        return Cap.model_validate({**dict(shown), "unless": unless})

    def showings(self, items: list[Any]) -> Cap:
        of_family = any(isinstance(x, Token) and x.type == "FAMILY" for x in items)
        hours = next(x for x in items[1:] if isinstance(x, Decimal))
        return Cap.model_validate(
            {"n": items[0], "window_hours": hours, "per": _per(items), "of_family": of_family}
        )

    def times(self, items: list[Token]) -> int:
        word = str(items[0]).lower()
        n = _COUNTS.get(word, 1) if items[0].type != "NUMBER" else int(number(word))
        if n < 1 or (items[0].type == "NUMBER" and number(word) != n):
            raise ValueError("a whole number of at least one")
        return n

    def working_days(self, items: list[Any]) -> Due:
        if items[1].lower() not in ("day", "days"):
            raise ValueError("only days are working days")
        return Due(n=number(items[0]), unit="working days")

    def plain_days(self, items: list[Decimal]) -> Due:
        return Due(n=items[0], unit="hours")

    def then(self, items: list[Any]) -> FollowUp:
        return FollowUp.model_validate(
            {
                "channel": _CHANNELS[items[0].lower()],
                "after_hours": items[1],
                "when": tuple(dict.fromkeys(x.lower() for x in items[2:])),
            }
        )

    def onboarding(self, _: list[Any]) -> JourneyWindow:
        return JourneyWindow(kind="onboarding")

    def adoption(self, _: list[Any]) -> JourneyWindow:
        return JourneyWindow(kind="adoption")

    def pre_renewal(self, items: list[Decimal]) -> JourneyWindow:
        return JourneyWindow(kind="pre_renewal", hours=items[0])

    def post_incident(self, items: list[Decimal]) -> JourneyWindow:
        return JourneyWindow(kind="post_incident", hours=items[0])

    def variant(self, items: list[Any]) -> Variant:
        return Variant(name=items[0], share=_part(items[1]))

    def saving(self, items: list[Any]) -> Saving:
        unit: Any = singular(items[1].lower())
        figure = Decimal(1) if items[0].type == "ONE" else number(items[0])
        if unit not in ("second", "minute", "hour") or not figure:
            raise ValueError("a time that one use saves")
        return Saving(figure=figure, unit=unit)

    def switch(self, _: list[Any]) -> KindPhrase:
        return KindPhrase("switch")

    def setting(self, _: list[Any]) -> KindPhrase:
        return KindPhrase("setting")

    def metered(self, items: list[str]) -> KindPhrase:
        return KindPhrase("metered", tuple(items))

    def share(self, items: list[Token]) -> Decimal:
        return _part(items[0])

    def costs(self, items: list[Token]) -> dict[str, Decimal]:
        pairs = zip(items[::2], items[1::2], strict=True)
        return {_CHANNELS[channel.lower()]: number(cost) for channel, cost in pairs}

    def budget(self, items: list[Any]) -> tuple[Decimal, Decimal]:
        return number(items[0]), items[1]

    def salt(self, items: list[str]) -> str:
        return items[0]

    def yes(self, _: list[Any]) -> str:
        return "yes"

    def no(self, _: list[Any]) -> str:
        return "no"

    def hosts(self, items: list[Token]) -> tuple[str, ...]:
        return tuple(item.lower() for item in items)

    def priors(self, items: list[Any]) -> dict[str, Decimal]:
        return {name: _part(p) for name, p in zip(items[::2], items[1::2], strict=True)}


def _part(token: Token) -> Decimal:
    """A share of a whole."""
    value = share(token)
    if value > 1:
        raise ValueError("more than the whole")
    return value


def _per(items: Iterable[Any]) -> str:
    """Whose past counts: `per account`, else the person's."""
    return "account" if any(str(x).lower() == "per account" for x in items) else "person"


def _clock(token: Token) -> str:
    """`8:00` as `08:00`."""
    return str(token).zfill(5)

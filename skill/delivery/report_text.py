"""The restraint and the shadow report in plain words: the summary first, then what was kept back and which line says so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal

from skill.model.common import plain_number
from skill.model.restraint_report import (
    Attention,
    Prompts,
    Reason,
    RestraintReport,
    ShadowReport,
    Signals,
    Suppressed,
    WouldShow,
)

_CHANNELS = {
    "answer": "in an answer",
    "in_app": "in the product",
    "email": "by email",
    "owner_task": "task for the account owner",
}
_MOST = 12
"""Lines of one list; the table holds them all."""


def restraint_text(report: RestraintReport) -> str:
    """The restraint report as a growth person reads it."""
    return "\n".join(_restraint(report)) + "\n"


def shadow_text(report: ShadowReport) -> str:
    """The shadow report as whoever decides about going live reads it."""
    return "\n".join(_shadow(report)) + "\n"


def _restraint(report: RestraintReport) -> Iterator[str]:
    yield _summary(report)
    yield f"{_span(report.since, report.until)}, tenant {_plain(report.tenant)}"
    yield from _decided(report)
    yield from _section("Kept back, and the line that says so", map(_reason, report.reasons))
    made = [f"{one.key}: made {one.made:,}, kept back {one.withheld:,}" for one in report.offers]
    yield from _section("By offer", made)
    plays = [
        f"{one.key or 'no play fits'}: made {one.made:,}, kept back {one.withheld:,}"
        for one in report.plays
    ]
    yield from _section("By play", plays)
    yield from _unasked(report)
    yield from _section("Kept from leaving when its time came", map(_suppressed, report.suppressed))
    yield from _section("Shown", _shown(report))
    law = report.outbox
    yield ""
    yield (
        f"Nothing is lost: {law.decided:,} decided = {law.delivered:,} delivered"
        f" + {law.suppressed:,} kept from leaving + {law.pending:,} on the way + {law.failed:,} failed"
        + ("" if law.holds else "  DOES NOT ADD UP")
    )


def _summary(report: RestraintReport) -> str:
    days = _days(report.since, report.until)
    asked = f"In {days}, {_n(report.n_questions, 'question')} asked"
    if report.in_shadow:
        shadow = f" ({report.in_shadow:,} of all decisions in shadow mode: see the shadow report)"
    else:
        shadow = ""
    kept = (
        f"{_n(report.n_offers, 'offer')} made and {_n(report.n_withheld, 'offer')} kept back"
        " by your own rules"
    )
    if not report.prompts.most:
        return f"{asked}{shadow}; {kept}; nothing was shown."
    most = _n(report.prompts.most, "offer")
    return f"{asked}{shadow}; {kept}; no account was shown more than {most}."


def _decided(report: RestraintReport) -> Iterator[str]:
    yield ""
    yield f"decisions in which an offer was possible: {report.n_possible:,}; it was made in {report.n_offering:,}"
    yield f"offers that could not have been made anyway (not sold there, not ready, a smaller step first): {report.n_no_offer:,}"
    yield f"held out, to measure what offers bring: {_held(report.held_out.n_decisions, report.held_out.n_accounts)}"
    yield f"stopped: {_held(report.stopped.n_decisions, report.stopped.n_accounts)}{_stops(report.stops)}"
    yield f"put off, by quiet hours or a mail server that was away: {report.n_deferred:,}"


def _stops(stops: Sequence[str]) -> str:
    if not stops:
        return ""
    named = ", ".join("all offers" if key == "*" else key for key in stops)
    return f"; stopped now: {named}"


def _held(n_decisions: int, n_accounts: int) -> str:
    return f"{_n(n_decisions, 'decision')} in {_n(n_accounts, 'account')}"


def _reason(one: Reason) -> str:
    rule = f": {one.rule}" if one.rule else ""
    line = f" ({one.line})" if one.line else ""
    return f"{_n(one.n_offers, 'offer')} to {_whom(one)}: {_plain(one.because)}{rule}{line}{_until(one)}"


def _until(one: Reason) -> str:
    if one.until is None:
        return ""
    if one.n_open:
        return f"; {one.n_open:,} without an end, the others at the latest until {_at(one.until)}"
    return f"; at the latest until {_at(one.until)}"


def _unasked(report: RestraintReport) -> Iterator[str]:
    signals = report.signals
    if signals.n:
        yield from _section(
            f"Signals that came to hold: {signals.n:,}, of which {signals.n_told:,} reached somebody",
            _untold(signals),
        )


def _untold(signals: Signals) -> list[str]:
    return [
        f"{one.n:,} in {_n(one.n_accounts, 'account')}: {_plain(one.because)}"
        for one in signals.untold
    ]


def _suppressed(one: Suppressed) -> str:
    return f"{one.n:,} {_channel(one.channel)}: {_plain(one.because)}"


def _shown(report: RestraintReport) -> Iterator[str]:
    for one in report.shown:
        yield (
            f"{_channel(one.channel)}: {one.spent:,} displayed, {one.reserved:,} reserved,"
            f" {one.returned:,} never displayed and given back"
        )
    if report.shown:
        yield f"per account that was shown anything: {_prompts(report.prompts)}"
        yield _attention(report.attention)


def _prompts(prompts: Prompts) -> str:
    return (
        f"median {plain_number(prompts.median)}, at most {prompts.most:,}"
        f" ({_n(prompts.n_accounts, 'account')})"
    )


def _attention(attention: Attention) -> str:
    spent = f"attention: {plain_number(attention.spent)} spent by {_n(attention.n_persons, 'person', 'people')}"
    if attention.budget is None or attention.hours is None:
        return f"{spent}, {plain_number(attention.most)} at most by one; no budget is set"
    window = plain_number(attention.hours / Decimal(24))
    return (
        f"{spent}; at most {plain_number(attention.most)} by one within {window} days,"
        f" of a budget of {plain_number(attention.budget)}"
    )


def _shadow(report: ShadowReport) -> Iterator[str]:
    yield (
        f"Nothing was shown. In {_days(report.since, report.until)}, {report.n_would:,} of"
        f" {_n(report.n_decisions, 'decision')} in shadow mode would have shown something:"
        f" {_n(report.n_showings, 'offer')} and {_n(report.n_tasks, 'task')} for account owners."
        if not report.n_leaked
        else f"{report.n_leaked:,} LEFT ALTHOUGH SHADOW MODE WAS ON: something is broken."
    )
    yield f"{_span(report.since, report.until)}, tenant {_plain(report.tenant)}; questions asked: {report.n_questions:,}"
    if not report.n_decisions:
        yield "no decision was made in shadow mode; TACTFUL_SHADOW=on, or `shadow: yes` in the Topics, turns it on"
        return
    yield from _section("By which way", [_would(one, _channel(one.key)) for one in report.channels])
    yield from _section("Which offers", [_would(one, one.key) for one in report.offers])
    yield from _section(
        "What people would have read most often, figures and names left out",
        [f"{_n(one.n, 'time')}: {_plain(one.text)}" for one in report.wordings],
    )
    if report.n_unworded:
        yield f"  {report.n_unworded:,} could not be worded again: the Topics they were made from are not kept"
    yield ""
    yield f"Prompts per account that would have been shown any: {_prompts(report.prompts)}"
    yield "  as nothing was shown, no pause began and no cap was filled: with offers on, it is at most this"
    yield from _section("Restraint would have kept back", map(_reason, report.reasons))
    yield from _section("Signals that would have reached nobody", _untold(report.signals))


def _would(one: WouldShow, name: str) -> str:
    return f"{name}: {one.n:,}, to {_whom(one)}"


def _whom(one: Reason | WouldShow) -> str:
    persons = f"{_n(one.n_persons, 'person', 'people')} in " if one.n_persons else ""
    return f"{persons}{_n(one.n_accounts, 'account')}"


def _section(head: str, lines: Iterator[str] | Sequence[str] | map[str]) -> Iterator[str]:
    given = list(lines)
    if not given:
        return
    yield ""
    yield head
    yield from (f"  {line}" for line in given[:_MOST])
    if len(given) > _MOST:
        yield f"  and {len(given) - _MOST:,} more: --csv or --json has them all"


def _channel(key: str) -> str:
    return _CHANNELS.get(key, key)


def _n(n: int, one: str, many: str = "") -> str:
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def _days(since: datetime, until: datetime) -> str:
    seconds = (until - since).total_seconds()
    days = seconds / 86_400
    return _n(round(days), "day") if days >= 1 else _n(round(seconds / 3_600), "hour")


def _span(since: datetime, until: datetime) -> str:
    return f"{_at(since)} to {_at(until)}"


def _at(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _plain(text: str) -> str:
    """One line, without what could move a terminal's cursor."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())

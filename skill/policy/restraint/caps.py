"""Caps: at most so many showings in a rolling window, over all channels; and how much attention they may take."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from skill.model.account import Past
from skill.model.decision import Suppression
from skill.model.playbook import Bundle, Restraint
from skill.policy.restraint.asking import FOREVER, NO, Asking, Held, hours

COST = Decimal(1)
"""What a showing costs on a channel whose cost no Topic says."""


def of_row(row: Restraint, asking: Asking) -> Held:
    """A cap of all offers: holds once so many were shown, and for its pause after the last of them."""
    if row.window_hours is None or row.of_family:
        return NO
    return _reached(row, shown(asking.of(row.per)), asking.now)


def of_family(row: Restraint, asking: Asking, offers: Sequence[str]) -> Held:
    """A cap of each family: holds for an offer once so many of a family of its steps were shown."""
    if row.window_hours is None or not row.of_family:
        return NO
    holds = NO
    for family in families(asking, offers):
        times = shown(p for p in asking.of(row.per) if _is_in(asking, p, family))
        one = _reached(row, times, asking.now)
        holds = max(holds, one, key=_how_long)
    return holds


def _how_long(held: Held) -> tuple[bool, bool, datetime]:
    """For ever is the longest."""
    is_held, until = held
    return is_held, is_held and until is None, until or datetime.min.replace(tzinfo=UTC)


def families(asking: Asking, offers: Sequence[str]) -> tuple[str, ...]:
    """The families that these offers belong to."""
    bundles = (asking.playbook.bundles.get(key) for key in offers)
    return tuple(dict.fromkeys(b.family_key for b in bundles if b is not None))


def _is_in(asking: Asking, past: Past, family: str) -> bool:
    """Whether a showing was of this family; one of an offer that no Topic knows may have been."""
    bundle = _bundle(asking, past)
    return bundle is None or bundle.family_key == family


def _bundle(asking: Asking, past: Past) -> Bundle | None:
    return asking.playbook.bundles.get(asking.names.get(past.offer or "", ""))


def shown(history: Iterable[Past]) -> list[datetime]:
    """When something was shown, the oldest first."""
    return [p.at for p in history if p.kind == "impression"]


def _reached(row: Restraint, times: Sequence[datetime], now: datetime) -> Held:
    assert row.window_hours is not None
    window = hours(row.window_hours)
    held, until = full(times, row.n, window, now)
    last = _last_reached(times, row.n, window)
    if last is None:
        return NO
    if row.pause_hours is None:
        is_for_ever = not row.until_over and not row.explain
        return FOREVER if is_for_ever else (held, until)
    rested = last + hours(row.pause_hours)
    ends = max(rested, until) if until is not None else rested
    return (True, ends) if now < ends else NO


def full(times: Sequence[datetime], n: int, window: timedelta, now: datetime) -> Held:
    """Whether as many as may be lie in the window that ends now, and until when.

    A showing ahead of now lies in it too: setting the clock back makes no room.
    """
    recent = [at for at in times if at > now - window]
    return (True, recent[-n] + window) if len(recent) >= n else NO


def _last_reached(times: Sequence[datetime], n: int, window: timedelta) -> datetime | None:
    """When the last showing was made that filled the window."""
    ends = (at for first, at in zip(times, times[n - 1 :], strict=False) if at - first < window)
    return max(ends, default=None)


def of_play(asking: Asking) -> Suppression | None:
    """The play's own `At most`: all that was shown counts, by whatever play."""
    play = asking.play
    if play is None or play.cap is None or asking.lifts(play.cap.unless) or play.cap.of_family:
        return None
    times = shown(asking.of(play.cap.per))
    held, until = full(times, play.cap.n, hours(play.cap.window_hours), asking.now)
    if not held:
        return None
    because = f"at most {play.at_most}, as the play `{play.name}` says"
    return Suppression(because=because, until=until, topic=play.span.file, span=play.span)


def of_play_and_family(asking: Asking, offers: Sequence[str]) -> Suppression | None:
    """The play's own `At most`, where it is of each family."""
    play = asking.play
    if play is None or play.cap is None or asking.lifts(play.cap.unless) or not play.cap.of_family:
        return None
    for family in families(asking, offers):
        times = shown(p for p in asking.of(play.cap.per) if _is_in(asking, p, family))
        held, until = full(times, play.cap.n, hours(play.cap.window_hours), asking.now)
        if held:
            because = f"at most {play.at_most}, as the play `{play.name}` says"
            return Suppression(because=because, until=until, topic=play.span.file, span=play.span)
    return None


def beside(asking: Asking, made: Sequence[str], offers: Sequence[str]) -> Suppression | None:
    """What speaks against one more offer in a decision that makes some already: a cap that those fill.

    Cooldowns do not: what is shown together is one moment.
    """
    if not made:
        return None
    after = asking.after(made)
    for row in asking.playbook.restraints:
        if row.kind != "frequency_cap" or asking.lifts(row.unless):
            continue
        held, until = of_family(row, after, offers) if row.of_family else of_row(row, after)
        if held:
            return Suppression(
                because=row.situation,
                until=until,
                topic=row.span.file,
                span=row.span,
                explain=row.explain,
            )
    return of_play(after) or of_play_and_family(after, offers) or of_attention(after)


def of_attention(asking: Asking) -> Suppression | None:
    """What showings cost this person in attention, against the workspace's budget."""
    bounds = asking.playbook.outreach
    if bounds.attention_budget is None or bounds.attention_hours is None:
        return None
    window, left = hours(bounds.attention_hours), bounds.attention_budget - _next_cost(asking)
    recent = [
        (p.at, _cost(asking, p.channel))
        for p in asking.own
        if p.kind == "impression" and p.at > asking.now - window
    ]
    spent = sum((cost for _, cost in recent), Decimal(0))
    if spent <= left:
        return None
    until = None
    for at, cost in recent:  # the oldest leaves the window first
        spent -= cost
        if spent <= left:
            until = at + window
            break
    span = bounds.spans.get("attention_budget")
    return Suppression(
        because="the attention budget is spent",
        until=until,
        topic=span.file if span else "",
        span=span,
    )


def _next_cost(asking: Asking) -> Decimal:
    """What this showing would cost: inside the answer, or by the channel of the play."""
    if asking.asked:
        return _cost(asking, "answer")
    channel = asking.play.channel if asking.play else "in_app"
    return _cost(asking, channel)


def _cost(asking: Asking, channel: str) -> Decimal:
    return asking.playbook.outreach.attention_cost.get(channel, COST)

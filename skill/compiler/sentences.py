"""Rules in plain English, made from what was compiled: every figure is named, and two rules never read the same."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Literal, assert_never

from skill.model.common import plain_number, slug
from skill.model.money import Price, PriceKind
from skill.model.playbook import (
    Bundle,
    Cap,
    Due,
    FollowUp,
    JourneyWindow,
    Limit,
    Moment,
    Playbook,
    QuietHours,
    Restraint,
    Saving,
    Variant,
)
from skill.model.rules import Both, Compare, Count, Either, Holds, Rule, Threshold, Window

_TIMES = ("time", "times")


def joined(words: Iterable[str], last: str = "and") -> str:
    """`A, B and C`."""
    parts = list(words)
    return (
        f" {last} ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else "".join(parts)
    )


def plural(n: Decimal | int, unit: str) -> str:
    """`1 day`, `2 days`."""
    return f"{plain_number(Decimal(n))} {unit}{'' if n == 1 else 's'}"


def percent(share: Decimal) -> str:
    """A share in 0..1 as people read it: `80%`."""
    return f"{plain_number(share * 100)}%"


def duration(hours: Decimal) -> str:
    """So many hours as people say it: `24 hours`, `7 days`, `30 minutes`."""
    minutes = (hours * 60).quantize(Decimal("0.000001"))
    if hours >= 48 and hours % 24 == 0:
        return plural(hours / 24, "day")
    if hours == hours.to_integral_value() and hours >= 1:
        return plural(hours, "hour")
    return plural(minutes, "minute")


def saving_words(each: Saving) -> str:
    """The time that one use saves: `17 minutes`."""
    return plural(each.figure, each.unit)


def name_of(what: Literal["feature", "bundle", "meter", "audience", "moment", "role"], key: str,
            playbook: Playbook) -> str:  # fmt: skip
    """The name of a thing as its writer wrote it, or its key where nothing has it."""
    things = {
        "feature": playbook.features,
        "bundle": playbook.bundles,
        "meter": playbook.meters,
        "audience": playbook.audiences,
        "moment": playbook.moments,
        "role": playbook.roles,
    }[what]
    thing = things.get(key)  # type: ignore[attr-defined]
    return thing.name if thing else key


def rule_sentence(rule: Rule, playbook: Playbook) -> str:
    """A rule as the end of a sentence that begins with `when`: `the segment is enterprise`."""
    return _rule(rule, playbook, 0)


def _rule(rule: Rule, playbook: Playbook, depth: int) -> str:
    if isinstance(rule, Compare):
        return _compare(rule, playbook)
    parts = [_rule(part, playbook, depth + 1) for part in rule.parts]
    match rule:
        case Both():
            said = joined(parts, "and") if parts else "anything is so (that is everybody)"
            before = "both " if len(parts) == 2 else "all of this: "
        case Either():
            said = joined(parts, "or") if parts else "nothing is so (that is nobody)"
            before = "either "
        case _:
            assert_never(rule)
    if depth == 0 and any(not isinstance(part, Compare) for part in rule.parts):
        return f", {'and' if isinstance(rule, Both) else 'or'} ".join(parts)
    if depth == 0:
        return said
    return f"{before}{said}" if depth == 1 else f"({before}{said})"


def _compare(rule: Compare, playbook: Playbook) -> str:
    so = rule.op != "is_not"
    match rule.about:
        case "fact":
            return _fact(rule, playbook)
        case "audience":
            name = name_of("audience", rule.subject, playbook)
            return f"the customer {'belongs' if so else 'does not belong'} to “{name}”"
        case "moment":
            name = name_of("moment", rule.subject, playbook)
            return f"“{name}” is {'' if so else 'not '}reached"
        case "signal":
            signal = next((t.signal for t in playbook.thresholds if t.key == rule.subject), "")
            return f"the signal {signal or rule.subject} {'holds' if so else 'does not hold'}"
        case "use":
            name = name_of("feature", rule.subject, playbook)
            return f"{name} {'is used' if so else 'is not used'}"
        case _:
            assert_never(rule.about)


_FACTS = {
    "plan": "the plan",
    "role": "the person's role",
    "region": "the region",
    "currency": "the currency",
    "upsell-readiness": "the readiness for an offer",
}


def _fact(rule: Compare, playbook: Playbook) -> str:
    value = _value(rule, playbook)
    if rule.subject == "bundles" and rule.op in ("is", "is_not"):
        return f"the account {'has' if rule.op == 'is' else 'does not have'} {value}"
    trait = playbook.traits.get(rule.subject)
    subject = f"the {trait.name}" if trait else _FACTS.get(rule.subject, f"the {rule.subject}")
    return f"{subject} {_OPS[rule.op]} {value}"


_OPS: dict[str, str] = {
    "is": "is",
    "is_not": "is not",
    "at_least": "is at least",
    "at_most": "is at most",
    "more_than": "is more than",
    "less_than": "is less than",
}


def _value(rule: Compare, playbook: Playbook) -> str:
    if isinstance(rule.value, Decimal):
        said = plain_number(rule.value)
        return f"{rule.currency} {said}" if rule.currency else said
    if rule.subject in ("plan", "bundles"):
        return name_of("bundle", rule.value, playbook)
    if rule.subject == "role":
        return name_of("role", rule.value, playbook)
    if rule.subject in ("region", "currency"):
        return rule.value.upper()
    trait = playbook.traits.get(rule.subject)
    return next((v for v in (trait.values if trait else ()) if slug(v) == rule.value), rule.value)


def threshold_sentence(threshold: Threshold, playbook: Playbook) -> str:
    """One row of usage-thresholds as a whole sentence."""
    when = [condition(c, threshold.holds, threshold.window, playbook) for c in threshold.counts]
    if threshold.audience:
        name = name_of("audience", threshold.audience, playbook)
        when.append(f"the customer belongs to “{name}”")
    offer = name_of("bundle", threshold.offer, playbook)
    said = f"{threshold.signal} speaks for {offer} ({threshold.means}) when "
    return said + ", and ".join(when) + "."


def condition(count: Count, holds: Holds, window: Window, playbook: Playbook) -> str:
    """A count against its figure over its window, as a clause."""
    return f"{count_against(count, holds, playbook)} {window_words(window)}"


def count_against(count: Count, holds: Holds, playbook: Playbook) -> str:
    """`the event csv_export happens at least 4 times`, `the use of seats is at least 80% of the limit`."""
    said, happening = _counted(count, playbook)
    figure = plain_number(holds.figures[0]) if holds.figures else ""
    often = {"at_least": "at least", "more_than": "more than", "at_most": "at most",
             "less_than": "less than"}.get(holds.op)  # fmt: skip
    if happening and often and holds.word in _TIMES:
        return f"{happening} {often} {figure} {holds.word}"
    return f"{said} {holds_words(holds)}"


def _counted(count: Count, playbook: Playbook) -> tuple[str, str]:
    """What is counted as a noun, and as something that happens where it does."""
    where = ", ".join(f"{key} is {value}" for key, value in count.where)
    where = f", where {where}," if where else ""
    match count.what:
        case "meter":
            return f"the use of {name_of('meter', count.name, playbook)}", ""
        case "attempts":
            name = name_of("feature", count.name, playbook)
            return f"the number of attempts at {name}", f"somebody tries to use {name}"
        case "attempts_in":
            name = name_of("bundle", count.name, playbook)
            said = f"the number of attempts at anything in {name}"
            return said, f"somebody tries to use anything in {name}"
        case "views":
            said = f"the number of views of the page {count.name}"
            return said, f"the page {count.name} is viewed"
        case "events":
            said = f"the number of {count.name} events{where}"
            return said, f"the event {count.name}{where} happens"
        case "fact":
            return f"the fact {count.name}", ""
        case "ratio":
            return f"the ratio of {count.name} to {count.other}", ""
        case _:
            assert_never(count.what)


def holds_words(holds: Holds) -> str:
    """When it holds, as the end of `the number of ...`."""
    figures = [plain_number(f) for f in holds.figures]
    figure = figures[0] if figures else ""
    unit = f" {holds.word}" if holds.word else ""
    match holds.op:
        case "at_least_percent_of_limit":
            return f"is at least {percent(holds.figures[0])} of the limit"
        case "at_least_percent_of_commit":
            return f"is at least {percent(holds.figures[0])} of what was committed to"
        case "at_least" | "more_than" | "at_most" | "less_than":
            return f"{_OPS[holds.op]} {figure}{unit}"
        case "at_most_left":
            return f"leaves at most {figure}{unit} of the limit"
        case "crosses":
            return f"rises past {joined(figures, 'or')}"
        case "grew_percent":
            return f"grew by at least {percent(holds.figures[0])}"
        case "grew":
            return f"grew by at least {figure}{unit}"
        case "on_pace":
            return "is on pace to pass the limit"
        case "is":
            return f"is {holds.word}"
        case _:
            assert_never(holds.op)


def window_words(window: Window) -> str:
    """Over which time, as the end of a clause."""
    match window.kind:
        case "now":
            return "right now"
        case "period":
            return "in this period"
        case "last":
            return f"within the last {plural(window.n, window.unit)}"
        case "sustained":
            on = "on" if window.unit == "day" else "in"
            return f"{on} at least {window.at_least} of the last {plural(window.n, window.unit)}"
        case "each":
            return f"in each of the last {plural(window.n, window.unit)}"
        case _:
            assert_never(window.kind)


def moment_sentence(moment: Moment, playbook: Playbook) -> str:
    """When a moment of the journey is reached."""
    if moment.count is None or moment.holds is None or moment.window is None:
        return f"“{moment.name}” is reached when the account's own fact of that name says so."
    when = condition(moment.count, moment.holds, moment.window, playbook)
    return f"“{moment.name}” is reached when {when}."


def restraint_sentence(row: Restraint, playbook: Playbook) -> str:
    """One row of the restraint Topic as a whole sentence: when offers rest, how long, and what lifts that."""
    lifted: dict[str, str] = {
        "": "nothing lifts this",
        "asked": "this is lifted when the customer asked",
        "limit_reached": "this is lifted when a limit was reached",
        "ready": "this is lifted when a ready signal holds",
    }
    said = f"{_pause(row, *_situation(row, playbook))}; {lifted[row.unless]}."
    return said[:1].upper() + said[1:]


def _situation(row: Restraint, playbook: Playbook) -> tuple[str, str, str]:
    """The situation while it lasts, what it begins with, and what rests in it."""
    nothing = "nothing is offered"
    match row.kind:
        case "open_ticket":
            return "a support ticket is open", "a support ticket was opened", nothing
        case "incident":
            return "an incident touches the customer", "an incident began", nothing
        case "unresolved_bug":
            return "a bug that touches the person is unresolved", "such a bug was told", nothing
        case "customer_said":
            return "", f"{_whoever(row, 'the customer')} said “{row.subject}”", nothing
        case "any_offer_shown":
            return "", f"any offer was shown{_to(row)}", nothing
        case "this_offer_shown":
            return "", f"an offer was shown{_to(row)}", _SAME
        case "outcome":
            what = "an email" if row.subject == "ignored" else "an offer"
            by = " by anybody of the account" if row.per == "account" else ""
            return "", f"{what} was {row.subject}{by}", _SAME if row.of_this_offer else nothing
        case "moment_not_reached":
            name = name_of("moment", row.subject, playbook)
            return f"“{name}” is not reached", f"“{name}” was found not reached", nothing
        case "frequency_cap":
            within = duration(row.window_hours or Decimal(0))
            to = f"one {row.per}"
            of = " of one family" if row.of_family else ""
            rests = "no other of that family is made" if row.of_family else nothing
            return "", f"{plural(row.n, 'offer')}{of} shown to {to} within {within}", rests
        case "quiet_hours":
            return "it is a quiet hour", "a quiet hour began", "nobody is written to unasked"
        case "closed_in_a_row":
            by = " by anybody of the account" if row.per == "account" else ""
            return "", f"{plural(row.n, 'offer')} closed in a row{by}", nothing
        case "unpaid_invoice":
            task = "nothing is offered and the account's owner gets a task instead"
            return "an invoice is unpaid", "an invoice was left unpaid", task
        case "checkout_open":
            return "a checkout or a quote is open", "a checkout or a quote was opened", nothing
        case "person_replied":
            return "", "a person replied", nothing
        case "audience":
            name = name_of("audience", row.subject, playbook)
            return f"the customer belongs to “{name}”", f"they joined “{name}”", nothing
        case "opted_out":
            return "the person has opted out", "the person opted out", nothing
        case _:
            assert_never(row.kind)


_SAME = "that same offer is not made again"


def _whoever(row: Restraint, person: str) -> str:
    return "anybody of the account" if row.per == "account" else person


def _to(row: Restraint) -> str:
    return " to anybody of the account" if row.per == "account" else ""


def _pause(row: Restraint, lasts: str, began: str, rest: str) -> str:
    if row.quiet is not None:
        return f"{quiet_words(row.quiet)}, {rest}"
    if row.explain:
        end = ", until a ready signal holds" if row.until_ready else ""
        return f"after {began or lasts}, the feature is explained instead of offered{end}"
    after = duration(row.pause_hours) if row.pause_hours is not None else ""
    if row.until_over:
        while_ = f"while {lasts}" if lasts else f"after {began}, until that is over"
        return f"{while_}, and for {after} after, {rest}" if after else f"{while_}, {rest}"
    if not after:
        return (
            f"while {lasts}, {rest}, however long it lasts"
            if lasts
            else f"once {began}, {rest}, for ever"
        )
    return (
        f"while {lasts} or was so within the last {after}, {rest}"
        if lasts
        else f"for {after} after {began}, {rest}"
    )


def quiet_words(quiet: QuietHours) -> str:
    """Hours of the day in which nobody is written to."""
    weekends = " and at weekends" if quiet.weekends else ""
    return f"from {quiet.start} to {quiet.end}{weekends}, in the person's own time zone"


def price_sentence(bundle: Bundle, price: Price) -> str:
    """A price line as a whole sentence."""
    money = ""
    if price.amount is not None and price.currency:
        money = f"{price.currency} {plain_number(price.amount)}"
        money += "".join(f" per {unit}" for unit in (price.per, price.period) if unit)
    match price.kind:
        case PriceKind.FIXED:
            said = f"costs {money}"
        case PriceKind.FROM:
            once = ", paid one time" if price.billed == "once" else ""
            said = f"costs from {money} upwards{once} (the exact price is not said)"
        case PriceKind.ONE_TIME:
            said = f"costs {money}, paid one time"
        case PriceKind.FREE:
            said = "is free of charge"
        case PriceKind.CONTACT:
            said = "has no public price: people contact us for it"
        case _:
            assert_never(price.kind)
    said += "".join(_conditions_of(price))
    return f"{bundle.name} {said}."


_BILLED = {"month": "monthly", "year": "yearly", "quarter": "quarterly", "week": "weekly"}


def _conditions_of(price: Price) -> Iterable[str]:
    if price.billed not in ("", "once", price.period):
        yield f", billed {_BILLED.get(price.billed, price.billed)}"
    if price.each is not None:
        yield f", for each {plain_number(price.each)} of them"
    start = Decimal(0)
    for tier in price.tiers:
        many = f"{plain_number(start + 1)} to {plain_number(tier.until)}"
        yield f", while units {many} cost {price.currency} {plain_number(tier.amount)} each"
        start = tier.until
    if price.first_free is not None:
        yield f", after the first {plain_number(price.first_free)}, which are free"
    if price.at_least is not None:
        yield f", for at least {plural(price.at_least, price.per or 'unit')}"
    if price.region:
        yield f", in {price.region.upper() if len(price.region) < 4 else price.region.title()}"
    if price.excluding_tax:
        yield ", with tax on top"
    if price.including_tax:
        yield ", with tax inside"


def limit_sentence(bundle: Bundle, limit: Limit, playbook: Playbook) -> str:
    """How much of a meter comes with a bundle."""
    meter = name_of("meter", limit.meter, playbook)
    per = f" per {limit.per}" if limit.per else ""
    if limit.value is None:
        return f"{bundle.name} sets no limit on {meter}{per}."
    counted = playbook.meters.get(limit.meter)
    unit = limit.unit or (counted.unit if counted else "")
    # `500 runs on runs` says nothing; `10 GB on storage` does.
    is_same = not limit.unit and slug(unit) in (limit.meter, limit.meter.removesuffix("s"))
    amount = f"{plain_number(limit.value)}{'' if is_same or not unit else f' {unit}'}"
    if limit.extends:
        return f"{bundle.name} adds {amount}{per} to the limit of {meter} that the plan gives."
    return f"{bundle.name} has a limit of {amount}{per} on {meter}."


def cap_words(cap: Cap) -> str:
    """`at most 2 offers to one person within 30 days`."""
    of = " of one family" if cap.of_family else ""
    within = duration(cap.window_hours)
    unless = {"": "", "asked": ", unless the customer asked", "limit_reached": ", unless a limit was reached",
              "ready": ", unless a ready signal holds"}[cap.unless]  # fmt: skip
    return f"at most {plural(cap.n, 'offer')}{of} to one {cap.per} within {within}{unless}"


def stage_words(window: JourneyWindow, playbook: Playbook) -> str:
    """When a window of the journey is open, as the end of a sentence."""
    within = duration(window.hours) if window.hours is not None else ""
    match window.kind:
        case "onboarding":
            return "during onboarding: from the first win to commitment"
        case "adoption":
            return "during adoption: after commitment"
        case "pre_renewal":
            return f"in the {within} before the renewal"
        case "post_incident":
            return f"in the {within} that follow the pause after an incident"
        case "moment":
            return f"once “{name_of('moment', window.moment, playbook)}” is reached"
        case _:
            assert_never(window.kind)


def due_words(due: Due) -> str:
    """`within 2 working days`."""
    if due.unit == "working days":
        return f"within {plural(due.n, 'working day')}"
    return f"within {duration(due.n)}"


CHANNELS: dict[str, str] = {
    "in_app": "a notification in the product",
    "owner_task": "a task for the account owner",
    "email": "an email",
    "none": "no channel",
}


def follow_up_words(follow_up: FollowUp) -> str:
    """`an email after 2 days, if the offer was dismissed or ignored`."""
    said = f"{CHANNELS[follow_up.channel]} after {duration(follow_up.after_hours)}"
    return f"{said}, if the offer was {joined(follow_up.when, 'or')}" if follow_up.when else said


def variant_words(variant: Variant) -> str:
    """`the wording “short” for 50% of people`."""
    return f"the wording “{variant.name}” for {percent(variant.share)} of people"


def names_of(keys: Sequence[str], name: Callable[[str], str], last: str = "and") -> str:
    """The names of several things, joined."""
    return joined((name(key) for key in keys), last)

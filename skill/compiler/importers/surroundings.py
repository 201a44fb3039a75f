"""What every folder needs beside what is sold: who customers are, when we stay quiet, a self-serve play, signals, words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from skill.compiler.importers.drafts import RESTRAINT_COLUMNS, SIGNAL_COLUMNS
from skill.compiler.importers.wording import default_words
from skill.compiler.importers.writing import Line, Page, Thing
from skill.model.common import slug
from skill.model.playbook import Bundle, Meter, Playbook, SoldAs

_MAX_LIMITS = 5
"""Signals at a limit; few and strong ones work better."""
_MAX_TRIED = 2

_NEAR_LIMIT = (
    "You are at {percent} of your limit of {limit}. {bundle} has more room, if you want it."
)
_TRIED = (
    "You opened features of {bundle} {count} times in {window}. It is there whenever you want it."
)

_TRAITS = (
    ("segment", "one of", "startup, smb, mid-market, enterprise, education", "90 days"),
    ("touch", "one of", "low, high", "90 days"),
    ("team size", "number", "people", "90 days"),
)
_ROLES = (
    ("owner", "yes", "yes"),
    ("admin", "yes", "yes"),
    ("billing contact", "yes", "yes"),
    ("member", "no", "yes"),
    ("viewer", "no", "no"),
)
_AUDIENCES = (
    ("Large accounts", "segment is enterprise, or touch is high"),
    ("Schools and universities", "segment is education"),
)
_RESTRAINT = (
    ("Open support ticket", "until it is closed, then 24 hours", ""),
    ("Incident touching the customer", "until it is over, then 7 days", ""),
    ("Unresolved bug touching the person", "until it is closed, then 7 days", ""),
    ('Customer said "not now"', "30 days", "a limit was reached"),
    ('Customer said "don\'t show this again"', "forever", ""),
    ("Opted out", "forever", ""),
    ("Any offer was shown", "7 days", "the customer asked"),
    ("This offer was shown", "14 days", "the customer asked"),
    ("3 offers in 30 days", "7 days", "the customer asked"),
    ("Quiet hours", "19:00 to 08:00, and weekends, in the person's own time zone", ""),
    ("Closed three times in a row", "explain the feature instead, until a ready signal", ""),
    ("A person replied", "14 days", ""),
    ("Unpaid invoice", "until it is paid", ""),
    ("Checkout or quote open", "until it is closed", ""),
    ("Schools and universities", "forever", ""),
)


def with_surroundings(
    pages: Mapping[str, Page], playbook: Playbook, *, company: str, owner: str
) -> dict[str, Page]:
    """The pages of what is sold, completed to a whole folder; what is there already stays as it is.

    Args:
        pages: Pages by file name, such as an import makes them.
        playbook: The same pages, compiled.
        company: The name that customers know.
        owner: Who looks after the Topics.
    """
    out = {name: replace(page, words=()) for name, page in pages.items()}
    kinds = {page.kind for page in pages.values()}
    made = {
        "account.md": _account(playbook, owner),
        "expansion-playbooks.md": _plays(owner),
        "restraint.md": _restraint(owner),
        "words.md": Page(
            "features",
            "Words we use everywhere",
            owner,
            about="These are used where a bundle or a feature has no words of its own.",
            words=default_words(company),
        ),
    }
    signals = tuple(_signals(playbook))
    if signals:
        made["usage-thresholds.md"] = Page(
            "usage-thresholds",
            "Signals",
            owner,
            about="A ready row speaks for itself, and a warming one needs a second beside it.",
            columns=SIGNAL_COLUMNS,
            rows=signals,
        )
    for name, page in made.items():
        if page.kind not in kinds or name == "words.md":
            out.setdefault(name, page)
    return out


def _account(playbook: Playbook, owner: str) -> Page:
    """Traits, roles and audiences; roles that the bundles or features name are among them."""
    known = {slug(row[0]) for row in _ROLES}
    buyers = {
        r.removeprefix("workspace-") for b in playbook.bundles.values() for r in b.who_can_buy
    } - known
    users = {r for f in playbook.features.values() for r in f.needs_role} - known - buyers
    roles = [*_ROLES, *((r, "yes", "yes") for r in sorted(buyers))]
    roles += [(r, "no", "yes") for r in sorted(users)]
    tables = (
        ("Traits", ("Trait", "Type", "Unit or values", "Maximum age"), _TRAITS),
        ("Roles", ("Role", "Can buy", "Is told"), roles),
        ("Audiences", ("Audience", "Rule"), _AUDIENCES),
    )
    return Page(
        "account",
        "What we know about accounts",
        owner,
        about="Only what a rule asks for. What is older than its maximum age counts as not known.",
        things=tuple(
            Thing(heading, tuple(Line(row, f"`{row[0]}`") for row in rows), columns=columns)
            for heading, columns, rows in tables
        ),
    )


def _plays(owner: str) -> Page:
    """Two plays: a person for large accounts, and self-serve for everybody else."""
    large = (
        ("Applies to", "segment is enterprise, or touch is high"),
        ("Channel", "task for the account owner"),
        ("In the product", "answer the question only, show no offer"),
        ("Due", "2 working days"),
    )
    self_serve = (
        ("Applies to", "touch is low"),
        ("Channel", "in-app notification"),
        ("In the product", "answer the question and show the offer"),
        ("At most", "2 offers in 30 days"),
        ("If not an admin", "show a note to forward to the admins"),
    )
    held = "{feature} is not part of your present plan. {owner_name} can tell you more about it."
    return Page(
        "expansion-playbooks",
        "Plays",
        owner,
        about="Read from the top: the first one that fits an account is used.",
        things=(
            Thing(
                "A person looks after large accounts",
                tuple(map(Line, large)),
                words=(("Answer without offer", held),),
                notes=("Send no price before somebody has spoken to the buyer.",),
            ),
            Thing(
                "Self-serve",
                tuple(map(Line, self_serve)),
                notes=("An answer without a sale is a good answer.",),
            ),
        ),
    )


def _restraint(owner: str) -> Page:
    return Page(
        "restraint",
        "When we stay quiet",
        owner,
        about="Questions are answered at any time. In these situations the answer comes without an offer.",
        columns=RESTRAINT_COLUMNS,
        rows=tuple(map(Line, _RESTRAINT)),
    )


# -- signals ------------------------------------------------------------------------------------------------------


def _signals(playbook: Playbook) -> Iterator[Line]:
    """A signal for each limit that a later plan raises, and one for each plan whose features people try."""
    plans = sorted(
        (b for b in playbook.bundles.values() if b.sold_as is SoldAs.PLAN), key=lambda b: b.position
    )
    limited = [
        (meter, offer)
        for meter in playbook.meters.values()
        if (offer := _raises(meter, plans)) is not None
    ]
    for meter, offer in limited[:_MAX_LIMITS]:
        over = "now" if meter.resets in ("", "never") else "3 of the last 7 days"
        signal = f"{meter.key}-near-limit"
        cells = (signal, meter.name, "at least 80% of limit", over, "ready", offer.name, "")
        words = ((f"Notice {signal}", _NEAR_LIMIT),)
        yield Line(cells, f"the signal of `{meter.name}`", words)
    before: set[str] = set()
    tried = 0
    for plan in plans:
        if before and set(plan.unlocks) - before and tried < _MAX_TRIED:
            tried += 1
            counts = f"attempts: anything in {plan.name}"
            signal = f"tried-{plan.key}"
            cells = (
                signal,
                counts,
                "at least 2 times",
                "the last 7 days",
                "warming",
                plan.name,
                "",
            )
            words = ((f"Notice {signal}", _TRIED),)
            yield Line(cells, f"the signal of `{plan.name}`", words)
        before |= {plan.key, *plan.unlocks}


def _raises(meter: Meter, plans: list[Bundle]) -> Bundle | None:
    """The first plan with more of a meter than the first plan that limits it."""
    amounts = [
        (plan, limit.value)
        for plan in plans
        for limit in plan.limits
        if limit.meter == meter.key and not limit.extends
    ]
    first = next((value for _, value in amounts if value is not None), None)
    if first is None:
        return None
    return next((plan for plan, value in amounts if value is None or value > first), None)

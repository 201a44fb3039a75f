"""An owner task: what the account's owner gets when a person is to help instead of a prompt."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import AwareDatetime

from skill.model.account import Owner
from skill.model.common import Frozen
from skill.model.packet import Packet
from skill.model.preview import CostPreview
from skill.model.readiness import Figure

TaskKind = Literal["offer", "question", "invoice"]
"""An offer that a person is to make; a question without one; an invoice that is to be settled before any offer."""


class TaskCause(Frozen):
    """What made the task, or joined it: there is none without a question or a signal."""

    effect: str
    """Id of the effect that brought it."""
    kind: Literal["question", "signal"]
    name: str
    """The question as it was asked, or the key of the signal."""
    said: str = ""
    """The signal in its Topic's words; empty for a question."""
    person: str = ""
    """Id of who asked, or whom the signal is about."""
    decision: str = ""
    """Id of the decision that was recorded with it."""
    at: AwareDatetime


class UsageLine(Frozen):
    """One meter of the account as it stands now."""

    meter: str
    """Key of the meter."""
    name: str
    unit: str
    used: Figure | None = None
    """Nothing where it was not read, or too long ago to count."""
    limit: Figure | Literal["unlimited"] | None = None
    """Nothing where nobody knows it."""
    share: Figure | None = None
    """Of the limit, to four places."""
    projected: Figure | None = None
    """What it comes to when the period ends, if it goes on like this."""
    as_of: AwareDatetime | None = None
    stale: bool = False
    """Whether the newest reading is too old to count."""
    source: str
    """Where the figure is from."""
    limit_source: str = ""
    """Where the limit is from, as `Business, product-bundles.md:195`."""


class SignalLine(Frozen):
    """One signal that holds now, with its figures."""

    key: str
    name: str
    counts: str
    """What is counted, as the Topic says it."""
    value: str
    unit: str = ""
    holds_when: str = ""
    window: str = ""
    as_of: AwareDatetime | None = None
    source: str
    """The row of the Topic, as `usage-thresholds.md:14`."""


class ValueSaid(Frozen):
    """One figure of what their use has brought them, in their own figures."""

    text: str
    """As it is told to customers."""
    as_of: AwareDatetime
    source: str
    """What was counted and the row that says so."""


class Point(Frozen):
    """One reading of a chart."""

    at: AwareDatetime
    value: Figure


class Chart(Frozen):
    """Usage of one meter over the last months, against the limit that applies now."""

    meter: str
    name: str
    unit: str
    limit: Figure | Literal["unlimited"] | None = None
    since: date
    """The first day that is drawn."""
    today: date
    """The day at the right edge."""
    time_zone: str = "UTC"
    """Whose days they are."""
    starts: tuple[date, ...] = ()
    """The days on which it began again; none for a meter that never does."""
    points: tuple[Point, ...] = ()
    """The last reading of each day, the oldest first; never more than one a day."""
    as_of: AwareDatetime | None = None
    """When the newest reading was so; nothing where there is none."""
    source: str = "usage readings"


class Proposal(Frozen):
    """The offer that would fit, for the owner to bring; nothing of it was shown to the customer."""

    bundle: str
    """Key of the bundle."""
    name: str
    kind: str
    quantity: int = 1
    steps: tuple[str, ...] = ()
    """Names of its purchases, in order, where it takes several."""
    price: str = ""
    """The price line as its Topic writes it; empty where there is none for this account."""
    price_source: str = ""
    """The line of the Topic."""
    added_each_month: str = ""
    """What it adds to the bill at the present use, as `EUR 49.00`; empty where it is not known."""
    preview: CostPreview | None = None
    """Nothing where it has no price to compute with."""
    partner: str = ""
    """Who sells it, where it is bought elsewhere."""
    link: str = ""
    """Where the partner sells it."""
    who_can_buy: tuple[str, ...] = ()
    """Names of roles; empty is anyone."""
    review_by: str = ""
    """The day by which its prices are read again, where that has passed."""


class Contact(Frozen):
    """Somebody to talk to at the account."""

    name: str
    why: str
    """`asked`, `can buy`, or both as `asked, can buy`."""
    role: str = ""
    email: str = ""


class TalkingPoint(Frozen):
    """One internal note, with its place."""

    text: str
    source: str
    """As `expansion-playbooks.md:32`."""


class Internal(Frozen):
    """What only the owner reads: nothing of it may stand in any text for the customer."""

    talking_points: tuple[TalkingPoint, ...] = ()
    do_not: tuple[TalkingPoint, ...] = ()
    """What not to do: the notes that say so, and what keeps offers back now."""


class OwnerTask(Frozen):
    """One task for one owner: why, about whom, with which figures, and what to pass on."""

    id: str
    """That of the effect that made it."""
    account: str
    plan: str = ""
    """Name of the plan held."""
    owner: Owner | None = None
    """Nothing where nobody was named: then it is for whoever reads the list."""
    play: str = ""
    """Key of the play."""
    play_name: str = ""
    kind: TaskKind
    title: str
    """One line, for the owner."""
    topics_version: str
    causes: tuple[TaskCause, ...]
    """The first made it; every further one joined while it was open."""
    answered: tuple[str, ...] = ()
    """What the product says to what was asked, sentence by sentence; customer wording."""
    usage: tuple[UsageLine, ...] = ()
    """The nearest to its limit first."""
    signals: tuple[SignalLine, ...] = ()
    value: tuple[ValueSaid, ...] = ()
    """What their use has brought them lately."""
    chart: Chart | None = None
    proposal: Proposal | None = None
    contacts: tuple[Contact, ...] = ()
    internal: Internal = Internal()
    note: Packet | None = None
    """To pass on as it stands: customer wording only, proven; nothing where there is nothing to say to them."""
    created_at: AwareDatetime
    due_at: AwareDatetime
    time_zone: str = "UTC"
    """The owner's; the due date is read in it."""
    as_of: AwareDatetime
    """The moment its figures are of; later than `created_at` where a further cause joined."""

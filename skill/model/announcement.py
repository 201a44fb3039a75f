"""What other systems are told: a signal fired, an offer reached somebody, a call was made, an offer came to an end."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from pydantic import AwareDatetime

from skill.model.common import Frozen

Happening = Literal[
    "usage_threshold_hit", "upsell_offer_sent", "upsell_call_scheduled", "upsell_closed"
]
"""Names that analytics and CRM systems of the field use for it."""

Outcome = Literal["accepted", "declined", "dismissed", "ignored", "withdrawn"]


class Announcement(Frozen):
    """One happening, as it is told to every receiver alike. No text for customers, and nobody's name or address."""

    name: Happening
    at: AwareDatetime
    account: str
    person: str = ""
    """Id of the person; empty where it concerns the account."""
    domain: str = ""
    """The company's own domain, where a trait says it: by it a CRM finds the company."""
    expansion_signal_type: str = ""
    """Key of the signal, or `question`."""
    upsell_offer_made: str = ""
    """Key of the bundle."""
    channel: str = ""
    upsell_value: Decimal | None = None
    """What the offer adds a month; None where nobody can say."""
    currency: str = ""
    """ISO 4217."""
    outcome: Outcome | None = None
    time_to_close: Decimal | None = None
    """Days from the first showing to the outcome, to the hundredth."""
    decision: str = ""
    """Id of the decision that it goes back to."""

    def told(self) -> dict[str, str]:
        """What is known of it, each under its name, money and numbers as exact text."""
        shown = self.model_dump(mode="json", exclude={"name", "at"})
        return {key: str(value) for key, value in shown.items() if value not in (None, "")}


RECEIVERS = ("attio", "posthog")
"""Receivers with a name of their own; any other is the address of a webhook."""

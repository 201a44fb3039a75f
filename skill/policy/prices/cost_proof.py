"""Whether a cost that is shown can be computed again, to the last coin, from the Topics and the facts it names alone."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from pydantic import ValidationError

from skill.model.common import plain_number
from skill.model.money import decimals
from skill.model.playbook import Playbook
from skill.model.preview import Billed, CostPreview
from skill.policy.prices.costs import expected_of
from skill.policy.prices.grounds import customer_of
from skill.policy.prices.pricing import agrees

MOST_STEPS = 5
MOST_UNITS = 10**9


def faults(
    playbook: Playbook,
    body: Mapping[str, Any],
    *,
    offer: Mapping[str, Any] | None = None,
    facts: Iterable[Mapping[str, Any]] = (),
) -> Iterator[str]:
    """What of a preview is not proven; nothing where all of it is.

    Args:
        playbook: the Topics that the answer names.
        body: the preview, as JSON.
        offer: the recommended offer that it stands in, as JSON: it must be about the same purchases.
        facts: the facts of the answer, as JSON: those that it shares must say the same.
    """
    try:
        shown = CostPreview.model_validate_json(json.dumps(body))
        now = datetime.fromisoformat(shown.as_of)
        if now.tzinfo is None:
            raise ValueError("a moment without a zone")
        customer = customer_of(shown.grounds, now)
    except (ValidationError, ValueError, TypeError, ArithmeticError) as error:
        yield f"is no preview of ours ({type(error).__name__})"
        return
    keys = [key for key, _ in shown.steps]
    known = all(key in playbook.bundles for key in keys)
    counts = all(0 < n <= MOST_UNITS for _, n in shown.steps)
    if not keys or not known or not counts or len(keys) > MOST_STEPS or keys[-1] != shown.offer:
        yield "is about purchases that no Topic knows"
        return
    if offer is not None:
        yield from _about(shown, offer)
    yield from _against(playbook, shown, facts)
    again = expected_of(playbook, customer, shown.steps, now)
    if shown.billed is not None:
        yield from _billed(shown.billed, shown.currency)
        for key in dict.fromkeys(keys):
            if not any(agrees(key, p, shown.billed) for p in playbook.bundles[key].prices):
                yield f"`billed` asks another price than `{playbook.bundles[key].name}` has"
    # As they leave: `20.0` is not `20.00`.
    said, told = again.model_dump(mode="json"), shown.model_dump(mode="json")
    for name in CostPreview.model_fields:
        if name == "billed":
            continue
        if getattr(again, name) != getattr(shown, name) or said[name] != told[name]:
            yield f"`{name}` does not follow from the Topics and the facts that it names"


def _against(
    playbook: Playbook, shown: CostPreview, facts: Iterable[Mapping[str, Any]]
) -> Iterator[str]:
    """The plan and the readings that the answer tells elsewhere are those that the cost rests on."""
    own = {ground.name: ground for ground in shown.grounds}
    for fact in facts:
        ground = own.get(str(fact["name"]))
        if ground is None or ground.as_of != fact.get("as_of"):
            continue
        said = ground.value
        if ground.name == "plan":
            said = playbook.bundles[said].name if said in playbook.bundles else said
        elif ground.name.startswith("usage."):
            said = plain_number(Decimal(said))
        if fact["value"] != said:
            yield f"rests on another `{ground.name}` than the answer tells of"


def _billed(told: Billed, currency: str | None) -> Iterator[str]:
    """The provider's figures are facts of its own; they must at least agree with each other."""
    if told.currency != currency:
        yield "`billed` is in another currency"
    if told.first + told.further != told.subtotal:
        yield "`billed` does not add up to its subtotal"
    amounts = (told.first, told.further, told.subtotal, told.tax, told.total)
    if any(-a.as_tuple().exponent > decimals(told.currency) for a in amounts):  # type: ignore[operator]
        yield "`billed` holds less than the smallest coin"


def _about(shown: CostPreview, offer: Mapping[str, Any]) -> Iterator[str]:
    if shown.offer != offer["id"] or shown.steps[-1][1] != offer["quantity"]:
        yield "is about another offer"
    steps = [step["id"] for step in offer.get("steps") or ()] or [offer["id"]]
    if steps != [key for key, _ in shown.steps]:
        yield "is about other purchases"

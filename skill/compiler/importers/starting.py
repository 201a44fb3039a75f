"""A whole folder for a guided start: what was imported or described, completed, with a question that proves it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from skill.compiler.folder import Compiler
from skill.compiler.importers.blank import Start, from_blank
from skill.compiler.importers.detecting import source_of
from skill.compiler.importers.pricing2yaml import import_pricing
from skill.compiler.importers.settling import settled
from skill.compiler.importers.spreadsheet import import_sheets
from skill.compiler.importers.stripe import import_stripe
from skill.compiler.importers.surroundings import with_surroundings
from skill.compiler.importers.writing import Imported
from skill.errors import InputError
from skill.model.playbook import Bundle, Feature, Playbook, SoldAs


@dataclass(frozen=True)
class Example:
    """A made-up person with a question, and everything about the account that asks."""

    question: str
    who: str
    account: dict[str, Any]


def from_files(paths: Sequence[Path], *, today: date, name: str = "", owner: str = "") -> Imported:
    """What stands in these files, whatever they are.

    Raises:
        InputError: a file that nothing here reads, files of several sorts, or several pricings at once.
    """
    sources = {source_of(path) for path in paths}
    if len(sources) > 1:
        raise InputError(f"files of several sorts: {', '.join(sorted(sources))}", pointer="--from")
    (source,) = sources
    if source == "csv":
        return import_sheets(paths, today=today, name=name, owner=owner)
    if source == "stripe":
        return import_stripe(paths, today=today, name=name, owner=owner)
    if len(paths) > 1:
        raise InputError("a folder is made from one pricing", pointer="--from")
    return import_pricing(paths[0], today=today, name=name, owner=owner)


def from_start(start: Start, *, today: date) -> Imported:
    """What somebody described on a blank page. Raises InputError."""
    return from_blank(start, today=today)


def whole_folder(made: Imported, *, company: str, owner: str, today: date) -> Imported:
    """The pages with everything that a folder needs beside them, compiled without an error.

    Raises:
        InputError: nothing is sold in what was read.
    """
    if not made.count("product-bundles"):
        raise InputError(
            "nothing is sold in what was read: there is no bundle in it",
            pointer="--from",
            help="a folder begins with plans or add-ons; start from a blank page, or add their table",
        )
    pages = {name: replace(page, owner=owner) for name, page in made.pages.items()}
    playbook = Compiler().compile_sources(replace(made, pages=pages).files, today).playbook
    whole = with_surroundings(pages, playbook, company=company, owner=owner)
    kept, lost = settled(whole, today=today)
    return Imported(name=company, pages=kept, today=today, lost=tuple(lost))


def example_of(whole: Imported, *, today: date) -> Example | None:
    """A question about something that a plan lacks and another bundle sells; None where there is no such thing."""
    playbook = Compiler().compile_sources(whole.files, today).playbook
    found = next(_lacking(playbook), None)
    if found is None:
        return None
    plan, feature, bundle = found
    currency = next((p.currency for p in bundle.prices if p.currency), None)
    account: dict[str, Any] = {
        "id": "acc_example",
        "plan": plan.key,
        "traits": {"segment": "smb", "touch": "low"},
    }
    if currency:
        account["currency"] = currency
    return Example(
        question=f"Do you have {feature.name}?",
        who=f"Robin, an admin on {plan.name},",
        account={
            "account": account,
            "person": {"id": "u_example", "name": "Robin", "role": "admin"},
            "now": _office_hours(today).isoformat(),
        },
    )


def _lacking(playbook: Playbook) -> Iterator[tuple[Bundle, Feature, Bundle]]:
    """A plan, a feature it lacks and the bundle that has it; the plainest first."""
    in_order = sorted(playbook.bundles.values(), key=lambda b: b.position)
    plans = [b for b in in_order if b.sold_as is SoldAs.PLAN]
    for with_price in (True, False):
        for plan in plans:
            for bundle in in_order:
                is_later = bundle.sold_as is not SoldAs.PLAN or bundle.position > plan.position
                reaches = not bundle.available_on or plan.key in bundle.available_on
                if bundle is plan or not is_later or not reaches or bundle.needs:
                    continue
                if with_price and not any(p.amount is not None for p in bundle.prices):
                    continue
                for key in bundle.unlocks:
                    feature = playbook.features.get(key)
                    if feature and key not in plan.unlocks and not feature.free_for_all:
                        yield plan, feature, bundle


def _office_hours(today: date) -> datetime:
    """Ten in the morning of the last working day: a moment at which nobody is left in peace by the clock."""
    day = today - timedelta(days=max(0, today.weekday() - 4))
    return datetime.combine(day, time(10, 0), tzinfo=UTC)

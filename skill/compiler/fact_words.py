"""The words that stand in facts (`per workspace`, `free`, `unlimited`): which ones a translation needs, and lacks."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from skill.compiler.diagnostics import finding
from skill.compiler.languages import base_of, plural_of, reading_order
from skill.model.common import plain_number, slug
from skill.model.money import Price, PriceKind
from skill.model.playbook import Playbook, Translation
from skill.model.topic import Diagnostic, Quote, Section, Span, Topic


class PriceWords(NamedTuple):
    """The phrases of a price line that need a translation, in the order in which they are said."""

    before: tuple[str, ...]
    """`from`, `first 1,000 free`; or the whole of what has no amount: `free`, `contact us`."""
    units: tuple[str, ...]
    """`per workspace`."""
    period: str
    """`month`; CLDR says it in most languages."""
    after: tuple[str, ...]
    """`billed yearly`, `one time`, `at least 5`, `excluding tax`, `in EU`."""


def price_words(price: Price) -> PriceWords:
    """What a translation must be able to say to say this price, beside its amount."""
    before: list[str] = []
    if price.kind is PriceKind.FREE:
        before.append("free")
    elif price.amount is None:
        before.append("contact us")
    if price.first_free is not None:
        before.append(f"first {plain_number(price.first_free)} free")
    begun = Decimal(0)
    for (
        tier
    ) in price.tiers:  # a stretch without its words would make the rest of the line a wrong price
        rate = f"{price.currency} {plain_number(tier.amount)}" if tier.amount else "free"
        many = plain_number(tier.until - begun)
        before.append(f"{'next' if begun else 'first'} {many} {rate}")
        begun = tier.until
    if price.kind is PriceKind.FROM:
        before.append("from")
    after: list[str] = []
    if price.billed == "once":
        after.append("one time")
    elif price.billed and price.billed != price.period:
        after.append(f"billed {price.billed}ly")
    if price.at_least is not None:
        after.append(f"at least {plain_number(price.at_least)}")
    if price.excluding_tax:
        after.append("excluding tax")
    if price.including_tax:
        after.append("including tax")
    if price.region:
        after.append(f"in {price.region}")
    names = [unit for unit in price.per.split(" per ") if unit]
    if price.each is not None and names:
        names[0] = f"{plain_number(price.each)} {names[0]}"
    units = tuple(f"per {unit}" for unit in names)
    return PriceWords(tuple(before), units, price.period, tuple(after))


def words_lacking(
    sibling: Topic, original: Topic, made: dict[str, Translation], playbook: Playbook
) -> Iterator[Diagnostic]:
    """Words of facts that this file's quotes would have to say, and that no table of its language has."""
    chain = [made[lang] for lang in reading_order(sibling.lang) if lang in made]
    if base_of(sibling.lang) == base_of(original.lang):
        return
    needed: dict[str, None] = {}
    tied = made[sibling.lang].quotes
    for section in original.sections:
        for quote in section.quotes:
            if quote.place in tied and tied[quote.place].topic == sibling.name:
                needed |= dict.fromkeys(_words_of(quote, section, playbook))
    lacking = [w for w in needed if not any(slug(w) in t.words for t in chain)]
    if lacking:
        titles = [s.span for s in sibling.sections if s.level == 1]
        at = titles[0] if titles else Span(file=sibling.file, line=1, end_line=1)
        listed = ", ".join(f"`{w}`" for w in lacking)
        yield finding(
            "T501",
            at,
            f"no word in `{sibling.lang}` for {listed}: quotes that need it are shown in the original",
            f"add a table `| Word | Translation |` under the title, with a row `| {lacking[0]} | ... |`",
            width=3,
        )


def _words_of(quote: Quote, section: Section, playbook: Playbook) -> Iterator[str]:
    own = playbook.bundles.get(slug(section.heading)) if section.level == 2 else None
    bundles = [own] if own is not None and quote in own.quotes else list(playbook.bundles.values())
    slots = {plural_of(s)[0] for s in quote.slots}
    for bundle in bundles:
        if "price" in slots:
            for price in bundle.prices:
                words = price_words(price)
                yield from (*words.before, *words.units, *words.after)
        if "trial" in slots and bundle.try_it:
            yield bundle.try_it
        if "undo" in slots and bundle.how_to_undo:
            yield bundle.how_to_undo
    every = (limit for bundle in playbook.bundles.values() for limit in bundle.limits)
    if "limit" in slots and any(limit.value is None for limit in every):
        yield "unlimited"

"""The compiled Topics read back: every rule as a sentence with its place, and every feature as a matrix of plans."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from skill.compiler.sentences import (
    CHANNELS,
    cap_words,
    due_words,
    duration,
    follow_up_words,
    joined,
    limit_sentence,
    moment_sentence,
    name_of,
    names_of,
    price_sentence,
    restraint_sentence,
    rule_sentence,
    saving_words,
    stage_words,
    threshold_sentence,
    variant_words,
)
from skill.model.common import Frozen
from skill.model.playbook import (
    Article,
    Audience,
    Bundle,
    Feature,
    Meter,
    Play,
    Playbook,
    Role,
    SoldAs,
    Trait,
    Worth,
)
from skill.model.topic import Span, Topic

__all__ = [
    "Matrix",
    "MatrixRow",
    "Sentence",
    "matrix",
    "rule_sentence",
    "sentences",
    "threshold_sentence",
]


class Sentence(Frozen):
    """One rule, read back."""

    what: str
    """The kind of thing it is about: `bundle`, `threshold`, `play`, ..."""
    name: str
    """The thing, as its writer named it."""
    text: str
    span: Span


class MatrixRow(Frozen):
    """One feature: what each plan has of it, and which extras unlock it."""

    feature: str
    name: str
    cells: tuple[str, ...]
    """One for each plan."""
    extras: str
    span: Span


class Matrix(Frozen):
    """Features by plans."""

    plans: tuple[str, ...]
    rows: tuple[MatrixRow, ...]

    def markdown(self) -> str:
        """The matrix as a Markdown table, each row with its place."""
        head = ("Feature", *self.plans, "Extras that unlock it", "Where")
        lines = [_row(head), "|" + "---|" * len(head)]
        lines += [_row((r.name, *r.cells, r.extras, str(r.span))) for r in self.rows]
        return "\n".join(lines)


def _row(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") or "-" for cell in cells) + " |"


def matrix(playbook: Playbook) -> Matrix:
    """Which plan has which feature, how much of it, and what adds it."""
    bundles = sorted(playbook.bundles.values(), key=lambda b: b.position)
    plans = [b for b in bundles if b.sold_as is SoldAs.PLAN]
    extras = [b for b in bundles if b.sold_as is not SoldAs.PLAN]
    rows = tuple(
        MatrixRow(
            feature=f.key,
            name=f.name,
            cells=tuple(_cell(f, plan, extras, playbook) for plan in plans),
            extras=", ".join(_extra(f, x, playbook) for x in extras if f.key in x.unlocks) or "-",
            span=f.span,
        )
        for f in playbook.features.values()
    )
    return Matrix(plans=tuple(p.name for p in plans), rows=rows)


def _cell(feature: Feature, plan: Bundle, extras: list[Bundle], playbook: Playbook) -> str:
    """yes, how much, its setting, free, the add-on that brings it, or a hyphen."""
    if feature.key in plan.unlocks:
        said = _amounts(feature, plan) or next(
            (s.value for s in plan.settings if s.feature == feature.key), "yes"
        )
    elif feature.free_for_all:
        said = "free"
    else:
        sold = (x for x in extras if not x.available_on or plan.key in x.available_on)
        said = ", ".join(x.name for x in sold if feature.key in x.unlocks) or "-"
    if feature.only_for and said != "-":
        said += f" (only for {_audiences(feature.only_for, playbook)})"
    if feature.free_for:
        said += f" (free for {_audiences(feature.free_for, playbook)})"
    return said


def _audiences(keys: tuple[str, ...], playbook: Playbook) -> str:
    return names_of(keys, lambda key: name_of("audience", key, playbook))


def _amounts(feature: Feature, bundle: Bundle) -> str:
    return "; ".join(x.text for m in feature.meters for x in bundle.limits if x.meter == m)


def _extra(feature: Feature, extra: Bundle, playbook: Playbook) -> str:
    """An extra, with how much it adds and whom it is sold to."""
    notes = [_amounts(feature, extra)] if feature.meters else []
    notes += [f"for {_audiences(extra.sold_to, playbook)}"] if extra.sold_to else []
    said = ", ".join(note for note in notes if note)
    return f"{extra.name} ({said})" if said else extra.name


def sentences(playbook: Playbook) -> tuple[Sentence, ...]:
    """Every rule of the playbook as sentences, kind by kind, in the order in which they were written."""
    return tuple(_all(playbook))


def _all(playbook: Playbook) -> Iterator[Sentence]:
    for feature in playbook.features.values():
        yield from _said("feature", feature.name, _feature(feature, playbook), feature.span)
    for bundle in sorted(playbook.bundles.values(), key=lambda b: b.position):
        yield from _bundle(bundle, playbook)
    for meter in playbook.meters.values():
        yield from _said("meter", meter.name, _meter(meter), meter.span)
    for trait in playbook.traits.values():
        yield from _said("trait", trait.name, _trait(trait), trait.span)
    for role in playbook.roles.values():
        yield from _said("role", role.name, _role(role), role.span)
    for audience in playbook.audiences.values():
        yield from _said("audience", audience.name, _audience(audience, playbook), audience.span)
    for moment in playbook.moments.values():
        said = iter([moment_sentence(moment, playbook)])
        yield from _said("moment", moment.name, said, moment.span)
    for row in playbook.thresholds:
        said = iter([threshold_sentence(row, playbook)])
        yield from _said("threshold", row.signal, said, row.span)
    for n, play in enumerate(playbook.plays, 1):
        yield from _said("play", play.name, _play(n, play, playbook), play.span)
    for restraint in playbook.restraints:
        said = iter([restraint_sentence(restraint, playbook)])
        yield from _said("restraint", restraint.situation, said, restraint.span)
    for article in playbook.articles:
        yield from _said("article", article.heading, _article(article, playbook), article.span)
    yield from _settings(playbook)


def _said(what: str, name: str, texts: Iterator[str], span: Span) -> Iterator[Sentence]:
    for text in texts:
        yield Sentence(what=what, name=name, text=text, span=span)


def _feature(feature: Feature, playbook: Playbook) -> Iterator[str]:
    name = feature.name
    if feature.what_it_does:
        yield f"{name}: {feature.what_it_does}"
    if feature.free_for_all:
        yield f"{name} is free for everybody, on every plan."
    if feature.free_for:
        yield f"{name} is free for {_audiences(feature.free_for, playbook)}, whatever their plan."
    if feature.only_for:
        yield f"{name} is only for {_audiences(feature.only_for, playbook)}; nobody else has it or is offered it."
    if feature.meters:
        counted = names_of(feature.meters, lambda key: name_of("meter", key, playbook))
        yield f"The use of {name} is counted by {counted}."
    elif feature.kind == "metered":
        yield f"The use of {name} is counted, and nothing says by which meter."
    elif feature.kind == "setting":
        yield f"{name} has a value of its own on each plan."
    if feature.needs_role:
        roles = names_of(feature.needs_role, lambda key: name_of("role", key, playbook), "or")
        yield f"{name} can be used by a person with the role {roles}."
    if feature.alternatives:
        others = names_of(feature.alternatives, lambda key: name_of("feature", key, playbook))
        yield f"Whoever lacks {name} is pointed to {others}."
    if feature.worth is not None:
        yield from _worth(name, feature.worth)
    if feature.also_called:
        yield _called(name, feature.also_called)
    if feature.formerly:
        yield f"{name} was formerly known under the key {joined(feature.formerly, 'or')}."


def _worth(name: str, worth: Worth) -> Iterator[str]:
    """What is told as value."""
    yield f"What {name} brought is told by {worth.text}."
    if worth.each is not None:
        yield f"Each of them is said to save about {saving_words(worth.each)}."


def _called(name: str, words: tuple[str, ...]) -> str:
    """What customers call a thing beside its name."""
    return f"Customers also call {name} {joined((f'“{word}”' for word in words), 'or')}."


_SOLD_AS: dict[SoldAs, str] = {
    SoldAs.PLAN: "a plan",
    SoldAs.ADD_ON: "an add-on",
    SoldAs.SEATS: "extra seats",
    SoldAs.CREDITS: "credits",
    SoldAs.TRIAL: "a trial",
    SoldAs.BOOST: "a boost",
    SoldAs.SERVICES: "a service",
    SoldAs.BUNDLE: "a bundle",
    SoldAs.PARTNER: "an offer of a partner",
}


def _bundle(bundle: Bundle, playbook: Playbook) -> Iterator[Sentence]:
    name = bundle.name
    yield from _said("bundle", name, _sold(bundle, playbook), bundle.span)
    for price in bundle.prices:
        yield from _said("bundle", name, iter([price_sentence(bundle, price)]), price.span)
    for limit in bundle.limits:
        said = iter([limit_sentence(bundle, limit, playbook)])
        yield from _said("bundle", name, said, limit.span)
    for setting in bundle.settings:
        of = name_of("feature", setting.feature, playbook)
        yield from _said(
            "bundle", name, iter([f"With {name}, {of} is {setting.value}."]), setting.span
        )
    yield from _said("bundle", name, _terms(bundle, playbook), bundle.span)


def _sold(bundle: Bundle, playbook: Playbook) -> Iterator[str]:
    """How it is sold, on which plans, to whom, and what comes with it."""
    name, is_plan = bundle.name, bundle.sold_as is SoldAs.PLAN

    def bundles(keys: tuple[str, ...], last: str = "and") -> str:
        return names_of(keys, lambda key: name_of("bundle", key, playbook), last)

    on = f", on {bundles(bundle.available_on)}" if bundle.available_on else ", on every plan"
    has_plans = any(b.sold_as is SoldAs.PLAN for b in playbook.bundles.values())
    if not bundle.available_on and (is_plan or not has_plans):
        on = ""
    to = f", to {_audiences(bundle.sold_to, playbook)} only" if bundle.sold_to else ""
    where = f", in {joined(bundle.regions)} only" if bundle.regions else ""
    yield f"{name} is sold as {_SOLD_AS[bundle.sold_as]}{on}{to}{where}."
    if bundle.can_move_from:
        yield f"{name} can be reached from {bundles(bundle.can_move_from)}."
    if bundle.includes:
        yield f"{name} includes everything in {bundles(bundle.includes)}."
    if bundle.contains:
        yield f"{name} joins {bundles(bundle.contains)}."
    if bundle.needs:
        yield f"{name} can only be bought together with, or after, {bundles(bundle.needs)}."
    if bundle.not_together_with:
        yield f"{name} cannot be had together with {bundles(bundle.not_together_with, 'or')}."
    if bundle.unlocks:
        features = names_of(bundle.unlocks, lambda key: name_of("feature", key, playbook))
        yield f"{name} unlocks {features}."


def _terms(bundle: Bundle, playbook: Playbook) -> Iterator[str]:
    """Who may buy it, how to try and to undo it, and until when it is sold."""
    name = bundle.name
    for row in bundle.overages:
        meter = name_of("meter", row.meter, playbook)
        yield f"Past the limit of {name} on {meter}, what is used costs {row.price.text}."
    if bundle.try_it:
        yield f"{name} can be tried: {bundle.try_it}."
    roles = names_of(bundle.who_can_buy, lambda key: name_of("role", key, playbook), "or")
    yield f"{name} can be bought by {f'a person with the role {roles}' if roles else 'anyone'}."
    if bundle.billed_to:
        yield f"The bill for {name} goes to: {bundle.billed_to}."
    if bundle.only_when_ready:
        yield f"{name} is offered only when a signal says that the customer is ready."
    if bundle.prefer:
        yield f"Where several offers fit, {name} is preferred as follows: {bundle.prefer}."
    if bundle.family:
        yield f"{name} counts among the offers of the family {bundle.family}."
    if bundle.description:
        yield f"{name} helps with {bundle.description}."
    if bundle.how_to_undo:
        yield f"To undo {name}: {bundle.how_to_undo}."
    if bundle.link:
        yield f"The button for {name} leads to {bundle.link}."
    if bundle.checkout:
        yield f"Where only {name} is offered, it is bought at {bundle.checkout}."
    if bundle.sold_until:
        yield f"{name} is sold until {bundle.sold_until}."
    if bundle.reviewed_by:
        yield f"The words of {name} were reviewed by {bundle.reviewed_by}."
    if bundle.also_called:
        yield _called(name, bundle.also_called)
    if bundle.formerly:
        yield f"{name} was formerly known under the key {joined(bundle.formerly, 'or')}."


_RESETS = {
    "": "nothing says when its count starts afresh",
    "daily": "its count starts afresh every day",
    "weekly": "its count starts afresh every week",
    "monthly": "its count starts afresh every month",
    "yearly": "its count starts afresh every year",
    "never": "its count never starts afresh",
}


def _meter(meter: Meter) -> Iterator[str]:
    unit = f" in the unit {meter.unit}" if meter.unit else ""
    yield f"{meter.name} counts{unit}: {meter.counts or 'nothing says what'}"
    past = (
        "use past the limit is refused (hard)"
        if meter.hard
        else "use past the limit goes on (soft)"
    )
    yield f"{meter.name}: {_RESETS.get(meter.resets, meter.resets)}; {past}{_age(meter, 'figure')}."
    if meter.also_called:
        yield _called(meter.name, meter.also_called)


def _age(thing: Meter | Trait, what: str) -> str:
    if thing.max_age_hours is None:
        return ""
    return f"; a {what} older than {duration(thing.max_age_hours)} counts as not known"


def _trait(trait: Trait) -> Iterator[str]:
    values = f" {joined(trait.values, 'or')}" if trait.values else ""
    yield f"{trait.name} is known of an account: {trait.type}{values}{_age(trait, 'value')}."


def _role(role: Role) -> Iterator[str]:
    can = "can buy" if role.can_buy else "cannot buy"
    told = "is told about offers" if role.is_told else "never sees an offer"
    yield f"A person with the role {role.name} {can}, and {told}."


def _audience(audience: Audience, playbook: Playbook) -> Iterator[str]:
    yield f"A customer belongs to “{audience.name}” when {rule_sentence(audience.rule, playbook)}."


def _play(n: int, play: Play, playbook: Playbook) -> Iterator[str]:
    """A play, with its place among all: the first that fits is used."""
    name = f"Play {n}, “{play.name}”,"
    rule = play.applies_to
    fits = "fits nobody, because its rule cannot be read"
    if rule is not None:
        everybody = rule.kind == "and" and not rule.parts
        fits = "fits everybody" if everybody else f"fits when {rule_sentence(rule, playbook)}"
    yield f"{name} {fits}{', and no play above it does' if n > 1 else ''}; the first that fits is used."
    shown = (
        "the question is answered and no offer is shown"
        if play.holds_offers_back
        else "the question is answered and the offer may be shown"
    )
    yield f"{name} uses {CHANNELS[play.channel]}; in the product, {shown}."
    if play.journey is not None:
        yield f"Where nobody asked, {name} is used only {stage_words(play.journey, playbook)}."
    if play.only_offers:
        offers = names_of(play.only_offers, lambda key: name_of("bundle", key, playbook), "or")
        yield f"Where nobody asked, {name} is used only for {offers}."
    if play.category:
        yield f"{name} sends messages of the category {play.category}, which a person may opt out of."
    if play.cap is not None:
        yield f"{name} makes {cap_words(play.cap)}."
    if play.within is not None:
        yield f"{name} has its task done {due_words(play.within)}."
    if play.if_not_an_admin:
        yield f"{name} does this for a person who is no admin: {play.if_not_an_admin}."
    for follow_up in play.follow_ups:
        yield f"{name} is followed by {follow_up_words(follow_up)}."
    if play.variants:
        yield f"{name} tries {joined(map(variant_words, play.variants))}."


def _article(article: Article, playbook: Playbook) -> Iterator[str]:
    needs = names_of(article.needs, lambda key: name_of("feature", key, playbook))
    readers = f"customers who have {needs}" if needs else "every customer"
    yield (
        f"The help page “{article.heading}” is internal; no customer reads it."
        if article.internal
        else f"The help page “{article.heading}” is for {readers}."
    )


_SETTINGS: dict[str, Callable[[str], str]] = {
    "holdout": lambda v: (
        f"{v} of the accounts are held out: they are never offered anything, so that the effect of offers can be measured."
    ),
    "attribution": lambda v: f"What happens within {v} after an offer is put down to it.",
    "change_budget": lambda v: f"A change of these Topics may change at most {v} of the decisions.",
    "holdout_salt": lambda v: f"Which accounts those are goes by the word {v}.",
    "shadow": lambda v: (
        "Shadow mode: everything is decided and recorded, and no offer is shown."
        if v.lower() != "no"
        else "Shadow mode is off: what is decided is shown."
    ),
    "attention_cost": lambda v: f"What a showing costs in attention: {v}.",
    "attention_budget": lambda v: (
        f"Offers may take at most this much attention of one person: {v}."
    ),
    "hosts": lambda v: f"Links may lead to {v}, and to pages of the product.",
    "prior": lambda v: (
        f"An offer is taken to be accepted with a chance of {v} until outcomes are known."
    ),
    "priors": lambda v: f"How likely each offer is to be taken, before anything is known: {v}.",
}


def _settings(playbook: Playbook) -> Iterator[Sentence]:
    for topic in playbook.topics:
        if topic.kind == "product-bundles" and topic.review_by and topic.lang == "en":
            text = f"After {topic.review_by}, what {topic.file} sells is shown without a way to buy until it is reviewed."
            yield Sentence(
                what="setting", name=topic.file, text=text, span=_place(topic, "review_by")
            )
    for key, value in playbook.settings.items():
        of = next((t for t in playbook.topics if key in t.settings), None)
        text = _SETTINGS.get(key, lambda v, k=key: f"The setting {k} is {v}.")(value)
        yield Sentence(what="setting", name=key, text=text, span=_place(of, key))


def _place(topic: Topic | None, key: str) -> Span:
    if topic is None:
        return Span(file="", line=1, end_line=1)
    return topic.places.get(key) or Span(file=topic.file, line=1, end_line=1)

"""Reading back: every form has its sentence, two rules never read the same, and no figure is left out."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from skill.compiler import grammar, sentences
from skill.compiler.explain import matrix, rule_sentence, threshold_sentence
from skill.compiler.explain import sentences as read_back
from skill.compiler.folder import Compiler
from skill.model.common import plain_number
from skill.model.money import Price, Tier
from skill.model.playbook import Limit, Moment, Playbook, QuietHours, Restraint, SoldAs
from skill.model.rules import Both, Compare, Count, Either, Holds, Threshold, Window
from skill.model.topic import Span
from tests.compiler.test_difference import KINDS, other_than

HERE = Span(file="a.md", line=3, end_line=3)
EMPTY = Playbook(version="none")
FORMS = [(start, form) for start, forms in grammar.FORMS.items() for form in forms]


def bundle() -> Any:
    from skill.model.playbook import Bundle

    return Bundle(key="b", name="B", sold_as=SoldAs.PLAN, position=0, topic="a", span=HERE)


def restraint(**fields: Any) -> Restraint:
    whole = {"situation": "S", "kind": "open_ticket", "pause": "P", "span": HERE, **fields}
    return Restraint.model_validate(whole)


def said_situation(read: Any) -> str:
    return sentences.restraint_sentence(restraint(pause_hours=Decimal(24), **vars(read)), EMPTY)


def said_pause(read: Any) -> str:
    parts = {**vars(read), "pause_hours": read.hours}
    del parts["hours"]
    return sentences.restraint_sentence(restraint(**parts), EMPTY)


def said_moment(read: Any) -> str:
    count, holds, window = read
    made = {"key": "m", "name": "M", "when": "", "span": HERE}
    return sentences.moment_sentence(Moment(count=count, holds=holds, window=window, **made), EMPTY)


def said_counts(read: Any) -> str:
    return " ".join(
        sentences.condition(c, Holds(op="at_least", word="times"), Window(kind="now"), EMPTY)
        for c in read
    )


def of_folder(fields: str, kind: str) -> str:
    """What a small folder with these lines reads like."""
    front = f"---\nkind: {kind}\n---\n"
    meters = "---\nkind: meters\n---\n# M\n\n| Meter | Unit | Counts |\n|---|---|---|\n| api_calls | call | x |\n"
    sources = {"a.md": front + fields, "m.md": meters}
    playbook = Compiler().compile_sources(sources, date(2026, 11, 21)).playbook
    return " ".join(s.text for s in read_back(playbook) if s.what in ("feature", "setting"))


def said_kind(form: str) -> str:
    rows = f"| What it does | x |\n| Kind | {form} |\n"
    return of_folder(f"# F\n\n## One\n\n| Field | Value |\n|---|---|\n{rows}", "features")


def said_setting(key: str) -> Callable[[str], str]:
    def said(form: str) -> str:
        playbook = Playbook(version="none", settings={key: form})
        return " ".join(s.text for s in read_back(playbook))

    return said


SAID: dict[str, Callable[[str], str]] = {
    "price": lambda f: sentences.price_sentence(
        bundle(), Price(text=f, span=HERE, **vars(grammar.read_price(f)))
    ),
    "amount": lambda f: sentences.limit_sentence(
        bundle(), Limit(meter="m", text=f, span=HERE, **vars(grammar.read_amount(f))), EMPTY
    ),
    "duration": lambda f: sentences.duration(grammar.read_duration(f)),
    "rule": lambda f: rule_sentence(grammar.read_rule(f), EMPTY),
    "counts": lambda f: said_counts(grammar.read_counts(f)),
    "holds": lambda f: sentences.holds_words(grammar.read_holds(f)),
    "window": lambda f: sentences.window_words(grammar.read_window(f)),
    "moment": lambda f: said_moment(grammar.read_moment(f)),
    "situation": lambda f: said_situation(grammar.read_situation(f)),
    "pause": lambda f: said_pause(grammar.read_pause(f)),
    "unless": lambda f: sentences.restraint_sentence(
        restraint(unless=grammar.read_unless(f)), EMPTY
    ),
    "cap": lambda f: sentences.cap_words(grammar.read_cap(f)),
    "due": lambda f: sentences.due_words(grammar.read_due(f)),
    "then": lambda f: sentences.follow_up_words(grammar.read_then(f)),
    "variant": lambda f: sentences.variant_words(grammar.read_variant(f)),
    "stage": lambda f: sentences.stage_words(grammar.read_stage(f), EMPTY),
    "kind": said_kind,
    "saving": lambda f: sentences.saving_words(grammar.read_saving(f)),
    "share": said_setting("holdout"),
    "costs": said_setting("attention_cost"),
    "budget": said_setting("attention_budget"),
    "salt": said_setting("holdout_salt"),
    "yes_no": said_setting("shadow"),
    "priors": said_setting("priors"),
    "hosts": said_setting("hosts"),
}


def test_every_kind_of_phrase_can_be_said() -> None:
    assert set(SAID) == set(get_args(grammar.Start)) == set(grammar.FORMS)


@pytest.mark.parametrize("start", SAID)
def test_two_forms_never_read_the_same(start: Any) -> None:
    said = [SAID[start](form) for form in grammar.FORMS[start]]
    assert len(set(said)) == len(said)


READERS = {
    "price": grammar.read_price,
    "amount": grammar.read_amount,
    "rule": grammar.read_rule,
    "holds": grammar.read_holds,
    "window": grammar.read_window,
    "moment": grammar.read_moment,
    "situation": grammar.read_situation,
    "pause": grammar.read_pause,
    "cap": grammar.read_cap,
    "due": grammar.read_due,
    "then": grammar.read_then,
    "variant": grammar.read_variant,
    "stage": grammar.read_stage,
}


def figures(value: Any, name: str = "", percent: bool = False) -> Iterator[str]:
    """Every figure of what was read, as its sentence should name it."""
    if isinstance(value, BaseModel) or hasattr(value, "__dataclass_fields__"):
        parts = dict(value) if isinstance(value, BaseModel) else vars(value)
        shares = "percent" in str(parts.get("op", "")) or "share" in parts
        for key, part in parts.items():
            in_hours = key == "n" and parts.get("unit") == "hours"
            yield from figures(part, "hours" if in_hours else key, percent=shares)
    elif isinstance(value, tuple):
        for part in value:
            yield from figures(part, name, percent)
    elif isinstance(value, Decimal | int) and not isinstance(value, bool) and value:
        exact = Decimal(value)
        as_hours = sentences.duration(exact) if "hours" in name else ""
        yield as_hours or (sentences.percent(exact) if percent else plain_number(exact))


@pytest.mark.parametrize(("start", "form"), [f for f in FORMS if f[0] in READERS])
def test_a_sentence_names_every_figure(start: str, form: str) -> None:
    said = SAID[start](form)
    for figure in figures(READERS[start](form)):
        assert figure in said


@given(st.integers(1, 5000), st.sampled_from(["minutes", "hours", "days", "weeks", "months"]))
def test_a_duration_is_read_as_it_was_said(n: int, unit: str) -> None:
    hours = grammar.read_duration(f"{n} {unit}")
    again = grammar.read_duration(sentences.duration(hours))
    assert abs(again - hours) < Decimal("0.0001")


NAMES = st.sampled_from(["one", "two", "three_four"])
FIGURE = st.integers(1, 40).map(Decimal)
SIZES = ("at_least", "more_than", "at_most", "less_than", "grew")
SHARES = ("at_least_percent_of_limit", "at_least_percent_of_commit", "grew_percent")


def holds_of(op: str) -> st.SearchStrategy[Holds]:
    one = st.tuples(FIGURE)
    if op in SIZES:
        words = st.sampled_from(["", "times", "minutes"])
        return st.builds(Holds, op=st.just(op), figures=one, word=words)
    if op in SHARES:
        return st.builds(Holds, op=st.just(op), figures=one.map(lambda f: (f[0] / 100,)))
    if op == "crosses":
        rising = st.sets(FIGURE, min_size=1, max_size=3).map(lambda f: tuple(sorted(f)))
        return st.builds(Holds, op=st.just(op), figures=rising)
    if op == "is":
        return st.builds(Holds, op=st.just(op), word=st.sampled_from(["true", "late"]))
    return st.builds(Holds, op=st.just(op), figures=one if op == "at_most_left" else st.just(()))


def windows() -> st.SearchStrategy[Window]:
    n, unit = st.integers(1, 9), st.sampled_from(["hour", "day", "week", "month"])
    return st.one_of(
        st.sampled_from([Window(kind="now"), Window(kind="period")]),
        st.builds(Window, kind=st.sampled_from(["last", "each"]), n=n, unit=unit),
        st.builds(Window, kind=st.just("sustained"), n=st.just(9), at_least=n, unit=unit),
    )


def counts() -> st.SearchStrategy[Count]:
    whats = [w for w in get_args(Count.model_fields["what"].annotation) if w != "ratio"]
    where = st.sampled_from([(), (("kind", "leads"),), (("kind", "leads"), ("by", "hand"))])
    return st.one_of(
        st.builds(Count, what=st.sampled_from([w for w in whats if w != "events"]), name=NAMES),
        st.builds(Count, what=st.just("events"), name=NAMES, where=where),
        st.builds(Count, what=st.just("ratio"), name=NAMES, other=NAMES),
    )


OPS = get_args(Holds.model_fields["op"].annotation)
THRESHOLDS = st.builds(
    Threshold,
    key=st.just("k"),
    signal=st.just("k"),
    counts=st.lists(counts(), min_size=1, max_size=2).map(tuple),
    holds=st.sampled_from(OPS).flatmap(holds_of),
    window=windows(),
    means=st.sampled_from(["warming", "ready"]),
    offer=NAMES,
    audience=st.sampled_from(["", "one", "two"]),
    span=st.just(HERE),
)


@given(THRESHOLDS, THRESHOLDS)
def test_two_thresholds_never_read_the_same(one: Threshold, other: Threshold) -> None:
    same = threshold_sentence(one, EMPTY) == threshold_sentence(other, EMPTY)
    assert same == (one == other)


def test_no_two_ways_to_say_a_threshold_read_the_same() -> None:
    four = (Decimal(4),)
    holds = [Holds(op=op, figures=four, word=w) for op in SIZES for w in ("", "times", "minutes")]
    holds += [Holds(op=op, figures=four) for op in (*SHARES, "crosses", "at_most_left")]
    holds += [Holds(op="on_pace"), Holds(op="is", word="true")]
    assert {h.op for h in holds} == set(OPS)
    whats = get_args(Count.model_fields["what"].annotation)
    counted = [Count(what=what, name="one", other="two" * (what == "ratio")) for what in whats]
    counted.append(Count(what="events", name="one", where=(("kind", "leads"),)))
    windows = [Window(kind="now"), Window(kind="period")]
    for unit in ("hour", "day", "week", "month"):
        windows += [Window(kind=kind, n=4, unit=unit) for kind in ("last", "each")]
        windows.append(Window(kind="sustained", n=4, at_least=3, unit=unit))
    ways = list(itertools.product(counted, holds, windows))
    assert len({sentences.condition(*way, EMPTY) for way in ways}) == len(ways)


def test_no_two_comparisons_read_the_same() -> None:
    abouts = get_args(Compare.model_fields["about"].annotation)
    amounts = ("at_least", "at_most", "more_than", "less_than")
    four = Decimal(4)
    subjects = ("segment", "plan", "role", "bundles", "region", "currency", "upsell-readiness")
    ways = [
        Compare(op=o, subject="x", value=four, currency=c) for o in amounts for c in (None, "EUR")
    ]
    ways += [Compare(op=o, subject=s, value="y") for o in ("is", "is_not") for s in subjects]
    ways += [
        Compare(op=o, subject="x", value="true", about=about)
        for o in ("is", "is_not")
        for about in abouts
    ]
    assert len({rule_sentence(way, EMPTY) for way in ways}) == len(ways)


@given(THRESHOLDS, st.data())
def test_a_change_of_one_part_is_heard(one: Threshold, data: st.DataObject) -> None:
    part = data.draw(st.sampled_from(["counts", "holds", "window", "means", "offer", "audience"]))
    other = one.model_copy(update={part: getattr(data.draw(THRESHOLDS), part)})
    same = threshold_sentence(one, EMPTY) == threshold_sentence(other, EMPTY)
    assert same == (one == other)


def compares() -> st.SearchStrategy[Compare]:
    words = st.builds(
        Compare, op=st.sampled_from(["is", "is_not"]), subject=NAMES, value=st.sampled_from("xyz")
    )
    amounts = st.builds(
        Compare,
        op=st.sampled_from(["at_least", "at_most", "more_than", "less_than"]),
        subject=NAMES,
        value=FIGURE,
        currency=st.sampled_from([None, "EUR", "USD"]),
    )
    others = st.builds(
        Compare,
        op=st.sampled_from(["is", "is_not"]),
        subject=NAMES,
        value=st.just("true"),
        about=st.sampled_from(["audience", "moment", "signal", "use"]),
    )
    held = st.builds(
        Compare, op=st.sampled_from(["is", "is_not"]), subject=st.just("bundles"), value=NAMES
    )
    return words | amounts | others | held


def joined_rules(parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    several = st.lists(parts, min_size=2, max_size=3).map(tuple)
    return st.builds(Both, parts=several) | st.builds(Either, parts=several)


RULES = st.recursive(compares(), joined_rules, max_leaves=6) | st.just(Both(parts=()))


@given(RULES, RULES)
def test_two_rules_never_read_the_same(one: Any, other: Any) -> None:
    assert (rule_sentence(one, EMPTY) == rule_sentence(other, EMPTY)) == (one == other)


def test_what_binds_closer_is_heard() -> None:
    parts = [Compare(op="is", subject=s, value="x") for s in ("a", "b", "c")]
    closer = Either(parts=(parts[0], Both(parts=tuple(parts[1:]))))
    wider = Both(parts=(Either(parts=tuple(parts[:2])), parts[2]))
    assert rule_sentence(closer, EMPTY) == "the a is x, or both the b is x and the c is x"
    assert rule_sentence(wider, EMPTY) == "either the a is x or the b is x, and the c is x"


def test_every_part_of_a_price_and_a_limit_is_heard() -> None:
    price = Price(kind="fixed", currency="EUR", amount=Decimal(4), text="", span=HERE)
    others = {"currency": "USD", "amount": Decimal(5), "excluding_tax": True, "kind": "from"}
    others |= {"including_tax": True, "tiers": (Tier(until=Decimal(3), amount=Decimal(9)),)}
    others |= {"each": Decimal(1000)}
    others |= {"per": "seat", "first_free": Decimal(9), "at_least": Decimal(9)}
    parts = [f for f in Price.model_fields if f not in ("text", "span")]
    prices = [Price.model_validate({**dict(price), p: others.get(p, "week")}) for p in parts]
    said = [sentences.price_sentence(bundle(), p) for p in (price, *prices)]
    assert len(set(said)) == len(parts) + 1
    limit = Limit(meter="m", value=Decimal(4), text="", span=HERE)
    amounts: list[dict[str, Any]] = [
        {"meter": "n"},
        {"value": None},
        {"extends": True},
        {"per": "day"},
        {"unit": "GB"},
    ]
    limits = [limit, *(limit.model_copy(update=a) for a in amounts)]
    assert len({sentences.limit_sentence(bundle(), x, EMPTY) for x in limits}) == len(limits)


AS_WRITTEN = ("overage", "when", "at_most", "due", "then", "in_the_product", "situation", "pause")
"""Words of the writer that stand read in another field, which is the one read back."""
NO_RULE = ("key", "topic", "span", "position", "quotes", "passages", "notes", "review_by")
"""Places and wording; the review date of a bundle is the one of its file."""


def rules_of_things() -> Iterator[tuple[str, str]]:
    for kind, model in KINDS.items():
        for field in model.model_fields:
            if field not in (*NO_RULE, *AS_WRITTEN):
                yield kind, field


@pytest.mark.parametrize(("kind", "field"), list(rules_of_things()))
def test_every_field_of_a_rule_is_heard(fernway: Playbook, kind: str, field: str) -> None:
    things = getattr(fernway, kind)
    every = list(things.values()) if isinstance(things, dict) else list(things)
    was = every[0]
    model = KINDS[kind]
    value = other_than(field, model.model_fields[field].annotation, getattr(was, field), model)
    update = {field: value, **WITH.get((kind, field), {})}
    said = []
    for thing in (
        was.model_copy(update=WITH.get((kind, field), {})),
        was.model_copy(update=update),
    ):
        own = {thing.key: thing} if isinstance(things, dict) else (thing,)
        alone = fernway.model_copy(update={kind: own})
        said.append([s.text for s in read_back(alone)])
    assert said[0] != said[1]


WITH: dict[tuple[str, str], dict[str, Any]] = {
    ("restraints", "subject"): {"kind": "customer_said"},
    ("restraints", "n"): {"kind": "closed_in_a_row"},
    ("restraints", "window_hours"): {"kind": "frequency_cap", "n": 2},
    ("restraints", "per"): {"kind": "frequency_cap", "n": 2, "window_hours": Decimal(24)},
    ("restraints", "until_ready"): {"explain": True},
    ("restraints", "of_this_offer"): {"kind": "outcome", "subject": "declined"},
    ("restraints", "of_family"): {"kind": "frequency_cap", "n": 2, "window_hours": Decimal(24)},
    ("features", "kind"): {"meters": ()},
}
"""What makes a field count."""


def test_two_restraints_never_read_the_same() -> None:
    day = Decimal(24)
    pauses: list[dict[str, Any]] = [
        {},
        {"pause_hours": day},
        {"until_over": True},
        {"until_over": True, "pause_hours": day},
        {"explain": True},
        {"explain": True, "until_ready": True},
    ]
    kinds = get_args(Restraint.model_fields["kind"].annotation)
    unless = get_args(Restraint.model_fields["unless"].annotation)
    rows = [
        restraint(kind=kind, subject="s", n=3, window_hours=day, unless=lifts, **pause)
        for kind, pause, lifts in itertools.product(kinds, pauses, unless)
    ]
    hours = {"start": "19:00", "end": "08:00"}
    rows += [
        restraint(kind="quiet_hours", quiet=QuietHours(weekends=both, **hours))
        for both in (True, False)
    ]
    said = [sentences.restraint_sentence(row, EMPTY) for row in rows]
    assert len(set(said)) == len(rows) == 16 * 6 * 4 + 2


def texts(playbook: Playbook, what: str, name: str = "") -> list[str]:
    return [s.text for s in read_back(playbook) if s.what == what and name in ("", s.name)]


def test_a_threshold_reads_as_a_sentence(fernway: Playbook) -> None:
    assert texts(fernway, "threshold", "manual-export") == [
        "manual-export speaks for Connect Pack (warming) when the event csv_export happens "
        "at least 4 times in each of the last 2 weeks."
    ]


def test_restraint_says_how_long_and_what_lifts_it(fernway: Playbook) -> None:
    said = texts(fernway, "restraint")
    assert said[0] == (
        "While a support ticket is open, and for 24 hours after, nothing is offered; "
        "nothing lifts this."
    )
    assert "this is lifted when a limit was reached" in said[3]


def test_plays_are_read_in_their_order(fernway: Playbook) -> None:
    first = [t for t in texts(fernway, "play") if "the first that fits is used" in t]
    assert [t.split(",")[0] for t in first] == ["Play 1", "Play 2", "Play 3", "Play 4"]


def test_a_rule_without_parts_is_everybody(fernway: Playbook) -> None:
    play = fernway.plays[0].model_copy(update={"applies_to": Both(parts=())})
    alone = fernway.model_copy(update={"plays": (play,)})
    assert "fits everybody; the first that fits is used" in texts(alone, "play")[0]


def test_every_thing_and_every_price_is_read_back_at_its_place(fernway: Playbook) -> None:
    said = read_back(fernway)
    told = {(s.span.file, s.span.line) for s in said}
    things: list[Any] = [
        *fernway.features.values(),
        *fernway.bundles.values(),
        *fernway.meters.values(),
        *fernway.traits.values(),
        *fernway.roles.values(),
        *fernway.audiences.values(),
        *fernway.moments.values(),
        *fernway.thresholds,
        *fernway.plays,
        *fernway.restraints,
        *fernway.articles,
        *(price for b in fernway.bundles.values() for price in b.prices),
        *(limit for b in fernway.bundles.values() for limit in b.limits),
    ]
    assert {(t.span.file, t.span.line) for t in things} <= told
    assert len({(s.what, s.name, s.text) for s in said}) == len(said)


@pytest.mark.parametrize(
    ("feature", "cells", "extras"),
    [
        ("csv-export", ("free", "free", "free", "free"), "-"),
        ("run-history", ("7 days", "30 days", "90 days", "365 days"), "-"),
        ("team-members", ("2", "10", "25", "100"), "Extra Seats (+1)"),
        ("webhooks", ("-", "yes", "yes", "yes"), "-"),
        ("same-day-replies", ("-", *["Priority Support"] * 3), "Priority Support"),
    ],
)
def test_the_matrix_says_who_has_what(
    fernway: Playbook, feature: str, cells: tuple[str, ...], extras: str
) -> None:
    table = matrix(fernway)
    row = next(r for r in table.rows if r.feature == feature)
    assert table.plans == ("Free", "Starter", "Team", "Business")
    assert (row.cells, row.extras) == (cells, extras)


def test_the_matrix_has_every_feature_and_agrees_with_the_plans(fernway: Playbook) -> None:
    table = matrix(fernway)
    assert [r.feature for r in table.rows] == list(fernway.features)
    for row in table.rows:
        for plan, cell in zip(table.plans, row.cells, strict=True):
            bundle = next(b for b in fernway.bundles.values() if b.name == plan)
            feature = fernway.features[row.feature]
            has = row.feature in bundle.unlocks or feature.free_for_all
            extras = {b.name for b in fernway.bundles.values() if b.sold_as is not SoldAs.PLAN}
            assert has == (cell != "-" and not set(cell.split(", ")) <= extras)


def test_the_matrix_is_a_table_that_a_pipe_does_not_break(fernway: Playbook) -> None:
    odd = fernway.features["csv-export"].model_copy(update={"name": "CSV | TSV"})
    lines = matrix(fernway.model_copy(update={"features": {"csv-export": odd}})).markdown()
    assert lines.splitlines()[2].startswith("| CSV \\| TSV | free |")

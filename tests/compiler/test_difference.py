"""What changed, in a writer's words: every field of every thing is heard, and a new layout is not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

import pytest

from skill.compiler.difference import as_json, as_text, differences
from skill.compiler.folder import Compiler
from skill.compiler.format import formatted
from skill.model.money import Price, Tier
from skill.model.playbook import (
    Article,
    Audience,
    Bundle,
    Cap,
    Due,
    Feature,
    FollowUp,
    JourneyWindow,
    Limit,
    Meter,
    Moment,
    Overage,
    Play,
    Playbook,
    QuietHours,
    Restraint,
    Role,
    Setting,
    SoldAs,
    Trait,
    Translation,
    Variant,
    Worth,
)
from skill.model.rules import Both, Count, Holds, Threshold, Window
from skill.model.topic import Note, Quote, Span

ROOT = Path(__file__).parents[2]
TODAY = date(2026, 11, 21)
SOURCES = {p.name: p.read_text("utf-8") for p in sorted((ROOT / "topics").glob("*.md"))}
SILENT = ("span", "digest", "position", "topic", "version")
HERE = Span(file="a.md", line=1, end_line=1)
KINDS: dict[str, type[Any]] = {
    "features": Feature,
    "bundles": Bundle,
    "meters": Meter,
    "traits": Trait,
    "roles": Role,
    "audiences": Audience,
    "moments": Moment,
    "thresholds": Threshold,
    "plays": Play,
    "restraints": Restraint,
    "articles": Article,
}


def compiled(**changed: tuple[str, str]) -> Playbook:
    """The sample company with one passage of each named file replaced."""
    sources = dict(SOURCES)
    for stem, (before, after) in changed.items():
        name = f"{stem.replace('_', '-')}.md"
        assert before in sources[name]
        sources[name] = sources[name].replace(before, after)
    return Compiler().compile_sources(sources, TODAY).playbook


def quote(template: str) -> Quote:
    return Quote(
        topic="a", heading="H", label="Answer", template=template, span=HERE, digest="sha256:0"
    )


MORE = Price(kind="fixed", currency="EUR", amount=Decimal(9), per="run", text="EUR 9 per run", span=HERE)  # fmt: skip
OTHERS: dict[str, Any] = {
    "overages": (Overage(meter="runs", price=MORE),),
    "applies_to": Both(parts=()),
    "rule": Both(parts=()),
    "cap": Cap(n=9, window_hours=Decimal(24)),
    "within": Due(n=Decimal(9), unit="hours"),
    "follow_ups": (FollowUp(channel="email", after_hours=Decimal(99)),),
    "variants": (Variant(name="short", share=Decimal("0.5")),),
    "quiet": QuietHours(start="01:00", end="02:00"),
    "counts": (Count(what="events", name="else"),),
    "count": Count(what="events", name="else"),
    "holds": Holds(op="on_pace"),
    "window": Window(kind="last", n=77, unit="hour"),
    "quotes": (quote("Other words."),),
    "passages": (quote("Other words."),),
    "notes": (Note(topic="a", heading="H", text="Other.", span=HERE, digest="sha256:0"),),
    "prices": (Price(kind="contact", text="contact us", span=HERE),),
    "limits": (Limit(meter="runs", value=None, text="unlimited", span=HERE),),
    "sold_as": SoldAs.BOOST,
    "offer": "business",
    "audience": "self-serve",
    "worth": Worth(counts=Count(what="events", name="else"), text="events: else", span=HERE),
    "subject": "admins",
    "journey": JourneyWindow(kind="pre_renewal", hours=Decimal(24)),
}


def other_than(field: str, annotation: Any, value: Any, kind: type[Any]) -> Any:
    """A value of this field that is not the one it has."""
    if field == "settings" and kind is Bundle:
        return (*value, Setting(feature="audit-log", value="new", span=HERE))
    if field in OTHERS:
        return OTHERS[field] if OTHERS[field] != value else type(value)()
    choices = [c for c in get_args(annotation) if isinstance(c, str) and c != value]
    if choices:
        return choices[0]
    if isinstance(value, bool):
        return not value
    if isinstance(value, tuple):
        return (*value, "something-else")
    if isinstance(value, int):
        return value + 1
    return Decimal(987) if "hours" in field else f"{value} else"


def mutations() -> Iterator[tuple[str, str]]:
    for kind, model in KINDS.items():
        yield from ((kind, field) for field in model.model_fields if field not in SILENT)


@pytest.mark.parametrize(("kind", "field"), list(mutations()))
def test_a_change_of_any_field_is_heard(fernway: Playbook, kind: str, field: str) -> None:
    things = getattr(fernway, kind)
    keyed = isinstance(things, dict)
    every = list(things.values()) if keyed else list(things)
    model = KINDS[kind]
    was = every[0]
    now = other_than(field, model.model_fields[field].annotation, getattr(was, field), model)
    changed = was.model_copy(update={field: now})
    after = [changed, *every[1:]]
    new = {t.key: t for t in after} if keyed else tuple(after)
    found = differences(fernway, fernway.model_copy(update={kind: new}))
    assert found
    assert all(d.before != d.after for d in found)


def another_playbook(fernway: Playbook, field: str) -> Playbook:
    """The playbook with one thing less, or one more, in this field."""
    value = getattr(fernway, field)
    less: Any
    if field == "translations":
        less = {"xx": Translation(features={"csv-export": "Xx"})}
    elif isinstance(value, dict):
        less = dict(list(value.items())[1:])
    else:
        less = value[1:]
    assert less != value
    return fernway.model_copy(update={field: less})


@pytest.mark.parametrize(
    "field", [f for f in Playbook.model_fields if f not in ("version", "outreach")]
)
def test_what_comes_and_goes_is_heard_both_ways(fernway: Playbook, field: str) -> None:
    other = another_playbook(fernway, field)
    gone, back = differences(fernway, other), differences(other, fernway)
    assert gone
    assert len(gone) == len(back)
    assert {d.change for d in gone} != {"changed"}
    assert [d.before for d in gone] == [d.after for d in back]


@pytest.mark.parametrize("key", ["holdout_salt", "shadow", "attention_budget"])
def test_what_bounds_offers_is_told_as_the_setting_that_says_it(
    fernway: Playbook, key: str
) -> None:
    other = fernway.model_copy(update={"settings": {**fernway.settings, key: "5 in 30 days"}})
    (told,) = differences(fernway, other)
    assert (told.what, told.field, told.after) == ("setting", key, "5 in 30 days")


@pytest.mark.parametrize("field", Price.model_fields)
def test_a_change_of_any_part_of_a_price_is_heard(fernway: Playbook, field: str) -> None:
    if field == "span":
        return
    bundle = fernway.bundles["connect-pack"]
    price = bundle.prices[0]
    others = {
        "kind": "from",
        "amount": Decimal(7),
        "first_free": Decimal(5),
        "at_least": Decimal(5),
        "each": Decimal(1000),
        "tiers": (Tier(until=Decimal(3), amount=Decimal(9)),),
    }
    now = others.get(field, True if field.endswith("_tax") else "other")
    changed = price.model_copy(update={field: now if field != "kind" else type(price.kind).FROM})
    prices = (changed, *bundle.prices[1:])
    bundles = {**fernway.bundles, "connect-pack": bundle.model_copy(update={"prices": prices})}
    (found,) = differences(fernway, fernway.model_copy(update={"bundles": bundles}))
    assert (found.name, found.field, found.change) == ("Connect Pack", "Price", "changed")


def test_nothing_differs_from_itself_and_from_a_new_layout(fernway: Playbook) -> None:
    rough = {
        name: text.replace(" | ", "|").replace("\n> ", "\n>").replace("\n\n", "\n\n\n")
        for name, text in SOURCES.items()
    }
    assert rough != SOURCES
    assert {n: formatted(t, n) for n, t in rough.items()} == SOURCES
    made = Compiler().compile_sources(rough, TODAY)
    assert differences(fernway, fernway) == differences(fernway, made.playbook) == ()


def test_a_price_is_told_before_and_after(fernway: Playbook) -> None:
    new = compiled(
        product_bundles=("EUR 49 per workspace per month", "EUR 59 per workspace per month")
    )
    (found,) = differences(fernway, new)
    assert (found.what, found.name, found.field) == ("bundle", "Connect Pack", "Price")
    assert "EUR 49" in found.before
    assert "EUR 59" in found.after


def test_a_quote_is_told_by_its_label(fernway: Playbook) -> None:
    new = compiled(product_bundles=("added to your next invoice.\n>\n> **Ask your admin:** Adding the Connect", "billed at once.\n>\n> **Ask your admin:** Adding the Connect"))  # fmt: skip
    (found,) = differences(fernway, new)
    assert (found.name, found.field, found.change) == ("Connect Pack", "Price", "changed")
    assert found.after == "The Connect Pack costs {price}, billed at once."


def test_a_rule_is_read_back_on_both_sides(fernway: Playbook) -> None:
    (found,) = differences(fernway, compiled(restraint=("then 24 hours", "then 36 hours")))
    assert "for 24 hours after" in found.before
    assert "for 36 hours after" in found.after


def test_a_removed_row_is_named(fernway: Playbook) -> None:
    row = "| Only when ready | yes |\n"
    (found,) = differences(fernway, compiled(product_bundles=(row, "")))
    assert (found.name, found.field, found.before) == ("Team Trial", "Only when ready", "yes")


def test_the_order_of_plays_matters(fernway: Playbook) -> None:
    first, second, *rest = fernway.plays
    swapped = fernway.model_copy(update={"plays": (second, first, *rest)})
    (found,) = differences(fernway, swapped)
    assert found.what == "order of plays"
    assert found.before.startswith(f"{first.name}, {second.name}")
    assert found.after.startswith(f"{second.name}, {first.name}")


def test_the_order_of_two_quotes_with_one_label_matters(fernway: Playbook) -> None:
    feature = fernway.features["run-history"]
    turned = feature.model_copy(update={"quotes": tuple(reversed(feature.quotes))})
    features = {**fernway.features, feature.key: turned}
    (found,) = differences(fernway, fernway.model_copy(update={"features": features}))
    assert found.field == "Have it, in another order"


def test_a_rename_is_a_change_and_not_two_things(fernway: Playbook) -> None:
    pack = fernway.bundles["growth-bundle"]
    bundles = {k: b for k, b in fernway.bundles.items() if k != pack.key}
    renamed = {"key": "big-bundle", "name": "Big Bundle", "formerly": (pack.key,)}
    bundles["big-bundle"] = pack.model_copy(update=renamed)
    found = differences(fernway, fernway.model_copy(update={"bundles": bundles}))
    assert {(d.what, d.name) for d in found} == {("bundle", "Big Bundle")}
    name = next(d for d in found if d.field == "Name")
    assert (name.change, name.before, name.after) == ("changed", "Growth Bundle", "Big Bundle")


def test_of_a_list_only_what_came_and_went_is_told(fernway: Playbook) -> None:
    new = compiled(product_bundles=("- Pooled limits\n", ""))
    found = differences(fernway, new)
    assert [(d.name, d.field, d.before, d.after) for d in found] == [
        ("Team", "Unlocks", "Pooled limits", ""),
        ("Business", "Unlocks", "Pooled limits", ""),
    ]


def test_a_setting_of_the_workspace_is_told_at_its_line(fernway: Playbook) -> None:
    (found,) = differences(fernway, compiled(expansion_playbooks=("holdout: 10%", "holdout: 5%")))
    assert (found.what, found.field, found.before, found.after) == (
        "setting",
        "holdout",
        "10%",
        "5%",
    )
    assert str(found.span) == "expansion-playbooks.md:5"


def test_a_review_date_is_told_once_for_its_file(fernway: Playbook) -> None:
    new = compiled(product_bundles=("review_by: 2027-03-31", "review_by: 2027-09-30"))
    (found,) = differences(fernway, new)
    assert (found.what, found.name, found.field) == ("file", "product-bundles.md", "review_by")


def test_text_and_json_say_the_same(fernway: Playbook) -> None:
    found = differences(fernway, compiled(restraint=("| Opted out | forever | |\n", "")))
    (row,) = json.loads(as_json(found))["differences"]
    assert (row["what"], row["change"], row["file"]) == ("restraint", "removed", "restraint.md")
    assert as_text(found).splitlines() == [
        f"restraint Opted out (restraint.md:{row['line']})",
        "  removed",
        f"    - {row['before']}",
    ]

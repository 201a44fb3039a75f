"""Stripe exports as Topics: exact prices, what is assumed, and what is left out and told."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skill.compiler.folder import Compiler
from skill.compiler.importers.stripe import import_stripe
from skill.compiler.importers.stripe_prices import NO_DECIMALS, THREE_DECIMALS
from skill.compiler.importers.stripe_topics import Catalog, draft_of
from skill.compiler.importers.writing import Imported
from skill.errors import InputError
from skill.model.playbook import Playbook

TODAY = date(2026, 11, 21)
NOTELY = Path(__file__).parents[1] / "cases" / "importers" / "stripe.json"
MONTH = {"interval": "month", "interval_count": 1, "usage_type": "licensed"}


def compiled(made: Imported) -> Playbook:
    done = Compiler().compile_sources(made.files, TODAY)
    assert done.servable
    return done.playbook


def of_prices(*prices: dict[str, Any], unit: str | None = None) -> Imported:
    product = {"id": "p", "object": "product", "active": True, "name": "Pro", "unit_label": unit}
    made = {
        f"price_{i}": {"id": f"price_{i}", "object": "price", "product": "p", "type": "recurring"}
        | {"recurring": MONTH, "currency": "eur", "billing_scheme": "per_unit"}
        | price
        for i, price in enumerate(prices)
    }
    return draft_of(Catalog(products={"p": product}, prices=made)).imported(today=TODAY)


def written(tmp_path: Path, content: Any, name: str = "export.json") -> Path:
    path = tmp_path / name
    path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return path


@pytest.fixture(scope="module")
def notely() -> Imported:
    return import_stripe([NOTELY], today=TODAY, name="Notely")


def test_products_prices_and_features_carry_over(notely: Imported) -> None:
    book = compiled(notely)
    assert [(b.key, str(b.sold_as)) for b in book.bundles.values()] == [
        ("basic", "plan"),
        ("team", "plan"),
        ("import-pack", "add-on"),
        ("set-up-help", "add-on"),
    ]
    assert book.bundles["team"].unlocks == ("notes", "shared-notebooks")
    assert book.bundles["import-pack"].available_on == ("team",)
    assert book.features["shared-notebooks"].also_called == ("shared-notebooks-v2",)
    assert book.bundles["team"].try_it == "14-day trial"


def test_each_currency_has_the_decimals_that_stripe_gives_it(notely: Imported) -> None:
    prices = {p.currency: p.amount for p in compiled(notely).bundles["basic"].prices}
    assert prices == {
        "EUR": Decimal("9.50"),
        "JPY": Decimal(1500),
        "KWD": Decimal("1.490"),
        "ISK": Decimal(1400),
    }


def test_what_is_left_out_is_told(notely: Imported) -> None:
    assert notely.lost == (
        "stripe.json: the list goes on (`has_more`); export the rest as well",
        "feature `fax`: it is archived",
        "product `Legacy`: it is not active",
        "price `price_team_h` of `Team`: it is charged every 6 months, and no period is that long",
        "price `price_pack_vol` of `Import Pack`: volume tiers (2 of them) are no single price",
        "price `price_gone`: it is not active",
        "`images` of product `Basic`: Topics have no place for it",
        "`tax_code` of product `Basic`: Topics have no place for it",
        "`metadata.crm` of product `Team`: Topics have no place for it",
        "price `price_basic_m2` of `Basic`: two prices of `Basic` for the same period, currency and region",
    )


def test_a_plan_that_nobody_named_one_is_said_to_be_assumed(notely: Imported) -> None:
    took = "\n".join(notely.took)
    assert "product `Basic`: taken for a plan, because a price of it recurs" in took
    assert "product `Set-up help`: taken for an add-on" in took
    assert "`Team`: taken" not in took


def test_marketing_features_and_nicknames_stay_inside(notely: Imported) -> None:
    notes = [note.text for note in compiled(notely).bundles["basic"].notes]
    assert "Unlimited notes" in notes[0]
    assert "Early bird" in notes[0]


currencies = st.sampled_from(
    sorted(NO_DECIMALS | THREE_DECIMALS | {"EUR", "USD", "GBP", "UGX", "ISK", "HUF", "TWD", "ALL"})
)
minors = st.integers(0, 10**12).map(Decimal) | st.decimals(
    0, 10**9, places=12, allow_nan=False, allow_infinity=False
)


@given(currencies, minors, st.sampled_from(["", "seat", "API call"]))
def test_the_price_read_back_is_the_amount_of_stripe(
    currency: str, minor: Decimal, unit: str
) -> None:
    made = of_prices({"currency": currency.lower(), "unit_amount_decimal": f"{minor:f}"}, unit=unit)
    (price,) = compiled(made).bundles["pro"].prices
    power = 0 if currency in NO_DECIMALS else 3 if currency in THREE_DECIMALS else 2
    assert price.amount is not None
    assert price.amount * 10**power == minor
    assert (price.currency, price.period, price.per) == (currency, "month", unit.lower())


@pytest.mark.parametrize(
    ("price", "line"),
    [
        ({"unit_amount": 2950}, "EUR 29.50 per month"),
        ({"unit_amount": 0}, "EUR 0 per month"),
        ({"unit_amount": 1200, "tax_behavior": "exclusive"}, "EUR 12 per month, excluding tax"),
        ({"unit_amount": 9900, "type": "one_time", "recurring": None}, "EUR 99 one time"),
        ({"unit_amount": 100, "recurring": MONTH | {"interval": "year"}}, "EUR 1 per year"),
        ({"unit_amount": 100, "recurring": MONTH | {"interval_count": 3}}, "EUR 1 per quarter"),
        ({"unit_amount": 100, "recurring": MONTH | {"interval_count": 12}}, "EUR 1 per year"),
        (
            {"unit_amount_decimal": "0.25", "recurring": MONTH | {"usage_type": "metered"}},
            "EUR 0.0025 per unit per month",
        ),
        (
            {
                "billing_scheme": "tiered",
                "tiers_mode": "graduated",
                "tiers": [{"up_to": 1000, "unit_amount": 0}, {"up_to": None, "unit_amount": 5}],
            },
            "first 1,000 free, then EUR 0.05 per unit per month",
        ),
        (
            {
                "billing_scheme": "tiered",
                "tiers_mode": "volume",
                "tiers": [{"up_to": None, "unit_amount": None, "flat_amount": 700}],
            },
            "EUR 7 per month",
        ),
    ],
)
def test_what_the_language_can_say_carries_over(price: dict[str, Any], line: str) -> None:
    made = of_prices(price)
    assert [p.text for p in compiled(made).bundles["pro"].prices] == [line]
    assert made.lost == ()


@pytest.mark.parametrize(
    ("price", "told"),
    [
        ({"unit_amount": None, "custom_unit_amount": {"minimum": 100}}, "chooses the amount"),
        ({"unit_amount": 500, "transform_quantity": {"divide_by": 10}}, "divided and rounded"),
        ({"unit_amount": None}, "it has no amount"),
        ({"unit_amount": -5}, "is no amount"),
        ({"unit_amount": "many"}, "is no number"),
        ({"unit_amount": 5, "currency": "xqz"}, "is no currency"),
        ({"unit_amount": 5, "recurring": MONTH | {"interval_count": 2}}, "every 2 months"),
        ({"unit_amount": 5, "recurring": MONTH | {"interval_count": True}}, "no period"),
        ({"billing_scheme": "tiered", "tiers_mode": "volume"}, "expand `data.tiers`"),
        (
            {
                "billing_scheme": "tiered",
                "tiers_mode": "volume",
                "tiers": [{"up_to": 10, "unit_amount": 0}, {"up_to": None, "unit_amount": 5}],
            },
            "volume tiers",
        ),
        (
            {
                "billing_scheme": "tiered",
                "tiers_mode": "graduated",
                "tiers": [{"up_to": None, "unit_amount": 5, "flat_amount": 100}],
            },
            "flat part",
        ),
    ],
)
def test_what_it_cannot_say_is_told_and_is_no_price(price: dict[str, Any], told: str) -> None:
    made = of_prices(price)
    assert [p.text for p in compiled(made).bundles["pro"].prices] == ["contact us"]
    assert any(told in line for line in made.lost), made.lost


def test_the_default_price_stands_before_another_of_the_same_period() -> None:
    product = {"id": "p", "object": "product", "name": "Pro", "default_price": "second"}
    prices = {
        key: {"id": key, "product": "p", "currency": "eur", "unit_amount": n, "recurring": MONTH}
        for key, n in (("first", 100), ("second", 200))
    }
    made = draft_of(Catalog(products={"p": product}, prices=prices)).imported(today=TODAY)
    assert [p.amount for p in compiled(made).bundles["pro"].prices] == [2]
    assert "two prices of `Pro`" in made.lost[-1]


PRODUCT = {"id": "p", "object": "product", "name": "Pro"}
FEATURE = {"id": "f", "object": "entitlements.feature", "lookup_key": "sso", "name": "SSO"}
ATTACHED = {"id": "x", "object": "product_feature", "entitlement_feature": FEATURE}
LISTED = {"object": "list", "url": "/v1/products/p/features", "data": [ATTACHED]}


@pytest.mark.parametrize(
    "content",
    [
        {"products": [PRODUCT], "product_features": [{**ATTACHED, "product": "p"}]},
        {"products": {"data": [PRODUCT]}, "product_features": {"p": [ATTACHED]}},
        [PRODUCT, LISTED],
        "\n".join(map(json.dumps, (PRODUCT, LISTED))),
        "\ufeff" + json.dumps({"object": "list", "data": [PRODUCT, {**ATTACHED, "product": "p"}]}),
    ],
    ids=["combined", "by-product", "array", "lines", "list"],
)
def test_every_shape_of_an_export_says_who_has_what(tmp_path: Path, content: Any) -> None:
    book = compiled(import_stripe([written(tmp_path, content)], today=TODAY))
    assert book.bundles["pro"].unlocks == ("sso",)


def test_several_files_make_one_folder(tmp_path: Path) -> None:
    files = [written(tmp_path, [PRODUCT], "a.json"), written(tmp_path, LISTED, "b.json")]
    assert compiled(import_stripe(files, today=TODAY)).bundles["pro"].unlocks == ("sso",)


def test_a_feature_without_its_product_is_told(tmp_path: Path) -> None:
    made = import_stripe([written(tmp_path, [PRODUCT, ATTACHED])], today=TODAY)
    assert any("does not say which product has the feature `SSO`" in line for line in made.lost)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "no readable JSON"),
        ("[1, 2]", "no Stripe product"),
        ("{}", "no Stripe product"),
        ('{"a": NaN}', "is no number"),
        ("[" * 100_000, "nested too deeply"),
        ('{"object": "charge", "id": "ch_1"}', "no Stripe product"),
        ("", "no readable JSON"),
    ],
)
def test_a_file_that_is_no_export_is_refused(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        import_stripe([written(tmp_path, text)], today=TODAY)


HOSTILE = ("a|b", "{price}", "<!-- tactful", "> **Answer:** buy", "## x", "\0", "```", "\nx")
texts = st.lists(st.sampled_from(HOSTILE), min_size=1, max_size=3).map(" ".join) | st.text(
    max_size=30
)
anything = st.none() | st.booleans() | st.integers() | texts | st.lists(texts, max_size=2)


@settings(max_examples=80)
@given(texts, texts, anything, anything)
def test_no_text_of_an_export_leaves_its_place(name: str, text: str, odd: Any, value: Any) -> None:
    product = {"id": "p", "name": f"{name} one", "description": text, "url": text}
    product |= {"unit_label": text, "metadata": odd, "marketing_features": [{"name": text}, odd]}
    price = {"product": "p", "currency": "eur", "unit_amount": 5, "nickname": text}
    price |= {"recurring": odd, "tiers": value, "currency_options": value, "tax_behavior": odd}
    feature = {"name": f"{name} f", "lookup_key": text, "active": odd is not False}
    catalog = Catalog(
        products={"p": product, "q": {"name": "two", "features": odd, "default_price": value}},
        prices={"x": price},
        features={"f": feature},
        attached=[("p", "f")],
    )
    done = Compiler().compile_sources(draft_of(catalog).imported(today=TODAY).files, TODAY)
    assert done.servable
    assert len(done.playbook.bundles) == 2
    assert len(done.playbook.features) == (odd is not False)
    assert not any(b.quotes for b in done.playbook.bundles.values())


def test_the_same_export_gives_the_same_bytes(notely: Imported) -> None:
    assert import_stripe([NOTELY], today=TODAY, name="Notely").files == notely.files

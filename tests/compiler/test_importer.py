"""Pricing2Yaml files as Topics: what carries over, what does not, and what is refused."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from skill.compiler.folder import Compiler
from skill.compiler.importers.pricing2yaml import read_pricing, topics_of
from skill.compiler.importers.writing import title, write_folder
from skill.errors import InputError
from skill.model.common import slug
from skill.model.playbook import Playbook

TODAY = date(2026, 11, 21)
PRICINGS = Path(__file__).parents[3] / "shared" / "data" / "pricings" / "yaml"
FILE = """
saasName: Mapwork
currency: EUR
billing: {monthly: 1.0, annual: 0.8}
features:
  offlineMaps: {valueType: BOOLEAN, defaultValue: true, description: "Maps | without a network {really}."}
  routeAPI: {valueType: BOOLEAN, defaultValue: false, description: Plans routes.}
  supportHours: {valueType: TEXT, defaultValue: 9 to 5}
usageLimits:
  routesLimit: {valueType: NUMERIC, defaultValue: 10, unit: route/month, type: RENEWABLE, linkedFeatures: [routeAPI]}
plans:
  FREE: {price: 0, unit: user/month, features: null, usageLimits: null}
  PRO_TEAM:
    price: 29.26
    unit: user/month
    features: {routeAPI: {value: true}, supportHours: {value: 24/7}}
    usageLimits: {routesLimit: {value: .inf}}
  ENTERPRISE: {price: Contact Sales, features: {routeAPI: {value: true}}}
addOns:
  routePack: {availableFor: [FREE], price: 5, unit: user/month, features: {routeAPI: {value: true}}, usageLimitsExtensions: {routesLimit: {value: 100}}}
  rushPack: {availableFor: [PRO_TEAM], dependsOn: [routePack], excludes: [slowPack], price: 990, unit: one time payment, features: {routeAPI: {value: true}}}
  slowPack: {price: Contact us, features: {routeAPI: {value: true}}}
"""


@pytest.fixture
def mapwork(tmp_path: Path) -> Playbook:
    source = tmp_path / "mapwork.yml"
    source.write_text(FILE, "utf-8")
    write_folder(topics_of(read_pricing(source), today=TODAY), tmp_path / "out")
    compiled = Compiler().compile_folder(tmp_path / "out", TODAY)
    assert compiled.servable
    return compiled.playbook


def test_keys_are_the_files_own_names_in_kebab_case(mapwork: Playbook) -> None:
    assert set(mapwork.features) == {"offline-maps", "route-api", "support-hours"}
    assert list(mapwork.bundles)[:3] == ["free", "pro-team", "enterprise"]


def test_prices_are_exact_monthly_and_yearly_and_words_are_no_price(mapwork: Playbook) -> None:
    monthly, yearly = mapwork.bundles["pro-team"].prices
    assert (monthly.amount, monthly.per, monthly.billed) == (Decimal("29.26"), "user", "month")
    assert (yearly.amount, yearly.billed) == (Decimal("23.408"), "year")
    assert [p.amount for p in mapwork.bundles["enterprise"].prices] == [None]
    assert mapwork.bundles["rush-pack"].prices[0].billed == "once"
    assert mapwork.bundles["free"].prices[0].amount == Decimal(0)


def test_overrides_limits_and_extensions_carry_over(mapwork: Playbook) -> None:
    free, pro, pack = (mapwork.bundles[k] for k in ("free", "pro-team", "route-pack"))
    assert "route-api" not in free.unlocks
    assert "route-api" in pro.unlocks
    assert free.limits[0].value == 10
    assert pro.limits[0].value is None
    assert (pack.limits[0].value, pack.limits[0].extends) == (100, True)
    assert {s.value for s in pro.settings} == {"24/7"}


def test_needs_exclusions_and_availability_carry_over(mapwork: Playbook) -> None:
    rush = mapwork.bundles["rush-pack"]
    assert rush.available_on == ("pro-team",)
    assert rush.needs == ("route-pack",)
    assert rush.not_together_with == ("slow-pack",)


def test_generated_wording_is_not_reviewed_and_a_description_holds_no_slot(
    mapwork: Playbook,
) -> None:
    own = [q for q in mapwork.defaults if q.topic == "features"]
    assert own
    assert not any(q.reviewed for q in own)
    assert mapwork.features["offline-maps"].what_it_does == "Maps | without a network (really)."


@pytest.mark.parametrize(
    ("original", "name"),
    [
        ("brandedReports", "Branded reports"),
        ("PRO_SUITE", "Pro suite"),
        ("2xLargePlusLinuxVM", "2x large plus linux VM"),
        ("24/5PremiumSupport", "24/5 premium support"),
    ],
)
def test_names_are_readable_and_keep_their_key(original: str, name: str) -> None:
    assert title(original) == name
    assert slug(title(original)) == slug(original)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: [", "bad.yml:"),
        ("just words", "no `features`"),
        ("features: {a: {defaultValue: true}}\nplans: {P: {price: soon}}", None),
    ],
)
def test_a_file_that_is_no_pricing_is_refused_with_its_place(
    tmp_path: Path, text: str, told: str | None
) -> None:
    source = tmp_path / "bad.yml"
    source.write_text(text, "utf-8")
    if told is None:
        pricing = read_pricing(source)
        topics_of(pricing, today=TODAY)
        assert pricing.lost == ["`P`: the price `soon` is no amount"]
        return
    with pytest.raises(InputError, match=told):
        read_pricing(source)


def test_a_file_that_a_person_wrote_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "features.md").write_text("mine", "utf-8")
    with pytest.raises(InputError, match="was not generated"):
        write_folder({"features.md": "theirs", "product-bundles.md": "theirs"}, tmp_path)
    assert not (tmp_path / "product-bundles.md").exists()


@pytest.mark.skipif(not PRICINGS.is_dir(), reason="the real pricings are not beside the project")
@pytest.mark.parametrize("path", sorted(PRICINGS.rglob("*.yml")), ids=lambda p: p.stem)
def test_every_real_pricing_imports_and_compiles(path: Path) -> None:
    sources = topics_of(read_pricing(path), today=TODAY)
    compiled = Compiler().compile_sources(sources, TODAY)
    raw = yaml.safe_load(path.read_text("utf-8"))
    assert compiled.servable
    assert len(compiled.playbook.features) == len(raw["features"])
    assert len(compiled.playbook.bundles) == len(raw.get("plans") or {}) + len(
        raw.get("addOns") or {}
    )

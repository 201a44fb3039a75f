"""Settings of the billing provider: read once, a bad value named with its key, and only one tenant's accounts asked about."""

from __future__ import annotations

import pytest

pytest.importorskip("stripe", reason="the extra `stripe` is not installed")

from skill.errors import SettingsError
from skill.sources.billing_configured import Billing, BillingSettings

KEY = "rk_live_secret"
ON = {"TACTFUL_BILLING": "stripe", "TACTFUL_BILLING_STRIPE_KEY": KEY}
BACK = {
    "TACTFUL_BILLING_SUCCESS_URL": "https://app.example/thanks?session={CHECKOUT_SESSION_ID}",
    "TACTFUL_BILLING_CANCEL_URL": "https://app.example/plans",
}


def read(**more: str) -> BillingSettings:
    return BillingSettings.from_env({**ON, **more})


def test_without_a_provider_nobody_is_asked() -> None:
    billing = Billing.of(BillingSettings.from_env({}))
    assert not billing.is_asked
    assert billing.preview_for("default") is None
    assert billing.sessions_for("default") is None


def test_everything_that_is_set_is_read() -> None:
    found = read(
        TACTFUL_BILLING_SECONDS="0.5",
        TACTFUL_BILLING_STRIPE_URL="http://127.0.0.1:9",
        TACTFUL_BILLING_STRIPE_PRICES="team_2026=Team, pack=Connect Pack",
        TACTFUL_SOURCE_TENANT="acme",
        **BACK,
    )
    assert (found.seconds, found.tenant, found.stripe_url) == (0.5, "acme", "http://127.0.0.1:9")
    assert found.stripe_prices == {"team": "team_2026", "connect-pack": "pack"}
    assert found.back is not None
    assert found.back.left == "https://app.example/plans"
    assert KEY not in repr(found)


def test_the_key_and_address_of_the_source_serve_too() -> None:
    source = {"TACTFUL_SOURCE_STRIPE_KEY": KEY, "TACTFUL_SOURCE_STRIPE_URL": "http://[::1]:9"}
    found = BillingSettings.from_env({"TACTFUL_BILLING": "stripe", **source})
    assert found.stripe_key.reveal() == KEY
    assert found.stripe_url == "http://[::1]:9"
    own = BillingSettings.from_env({**source, **ON, "TACTFUL_BILLING_STRIPE_KEY": "rk_own"})
    assert own.stripe_key.reveal() == "rk_own"


def test_only_one_tenant_s_accounts_are_asked_about() -> None:
    billing = Billing.of(read(TACTFUL_SOURCE_TENANT="acme", **BACK))
    assert billing.preview_for("acme") is not None
    assert billing.sessions_for("acme") is not None
    assert billing.preview_for("default") is None
    assert billing.sessions_for("default") is None


def test_without_an_address_to_come_back_to_no_page_is_opened() -> None:
    billing = Billing.of(read())
    assert billing.preview_for("default") is not None
    assert billing.sessions_for("default") is None


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("TACTFUL_BILLING", "chargebee"),
        ("TACTFUL_BILLING_STRIPE_KEY", ""),
        ("TACTFUL_BILLING_SECONDS", "0"),
        ("TACTFUL_BILLING_SECONDS", "11"),
        ("TACTFUL_BILLING_SECONDS", "soon"),
        ("TACTFUL_BILLING_STRIPE_URL", "stripe.example"),
        ("TACTFUL_BILLING_STRIPE_URL", "https://[::1"),
        ("TACTFUL_BILLING_STRIPE_PRICES", "team"),
        ("TACTFUL_BILLING_STRIPE_PRICES", "a=Team, b=team"),
        ("TACTFUL_BILLING_SUCCESS_URL", "http://app.example/thanks"),
        ("TACTFUL_BILLING_SUCCESS_URL", "javascript:alert(1)"),
        ("TACTFUL_BILLING_CANCEL_URL", ""),
        ("TACTFUL_BILLING_SUCCESS_URL", ""),
    ],
)
def test_a_value_that_cannot_be_used_is_named_with_its_key(key: str, value: str) -> None:
    with pytest.raises(SettingsError) as refused:
        read(**{**BACK, key: value})
    assert refused.value.pointer == key
    assert KEY not in refused.value.detail


def test_somebody_may_come_back_to_this_machine_over_http() -> None:
    for host in ("localhost:5173", "127.0.0.1", "[::1]:3000"):
        both = dict.fromkeys(BACK, f"http://{host}/plans")
        assert read(**both).back is not None

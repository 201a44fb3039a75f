"""Receivers and the mail server come from the environment once; a bad value is named with its key, a secret never."""

from __future__ import annotations

import pytest

from skill.delivery.configured import DeliverySettings, Receivers, name_of
from skill.errors import SettingsError

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
HOOK = "https://hooks.fernway.example/in?token=hunter2"


def test_with_nothing_set_nobody_is_told() -> None:
    settings = DeliverySettings.from_env({})
    assert settings.receivers == ()
    assert settings.mail is None
    assert Receivers(settings).mailer is None


def test_everything_is_read() -> None:
    settings = DeliverySettings.from_env(
        {
            "TACTFUL_WEBHOOK_URLS": f"{HOOK}, https://other.example/",
            "TACTFUL_WEBHOOK_SECRETS": SECRET,
            "TACTFUL_ATTIO_KEY": "key_1",
            "TACTFUL_SMTP_URL": "smtp://me:hunter%402@mail.fernway.example",
            "TACTFUL_MAIL_FROM": "Fernway <hello@fernway.example>",
            "TACTFUL_PUBLIC_URL": "http://127.0.0.1:8000/",
        }
    )
    assert settings.receivers == (name_of(HOOK), name_of("https://other.example/"), "attio")
    assert settings.mail is not None
    assert (settings.mail.port, settings.mail.security) == (587, "starttls")
    assert settings.mail.password.reveal() == "hunter@2"
    assert settings.mail.sender_name == "Fernway"
    assert settings.public_url == "http://127.0.0.1:8000"


@pytest.mark.parametrize(
    ("env", "said"),
    [
        ({"TACTFUL_WEBHOOK_URLS": HOOK}, "nothing to sign with"),
        ({"TACTFUL_WEBHOOK_URLS": "https://ok.example/, http://x.example/hunter2"}, "entry 2"),
        ({"TACTFUL_WEBHOOK_URLS": "https://10.0.0.1/hunter2"}, "no public address"),
        ({"TACTFUL_WEBHOOK_SECRETS": "hunter2"}, "entry 1 is none"),
        ({"TACTFUL_WEBHOOK_SECRETS": f"{SECRET}, whsec_aHVudGVyMg=="}, "entry 2 is none"),
        ({"TACTFUL_DELIVERY_NETWORKS": "10.0.0.0/99"}, "10.1.0.0/16"),
        ({"TACTFUL_SMTP_URL": "mail.fernway.example"}, "smtp://user"),
        ({"TACTFUL_SMTP_URL": "smtp+plain://mail.fernway.example"}, "on this machine alone"),
        ({"TACTFUL_SMTP_URL": "smtp://mail.fernway.example", "TACTFUL_MAIL_FROM": "hunter2"}, "TACTFUL_MAIL_FROM"),
        ({"TACTFUL_PUBLIC_URL": "http://fernway.example"}, "TACTFUL_PUBLIC_URL"),
        ({"TACTFUL_PUBLIC_URL": "https://fernway.example/?a=hunter2"}, "TACTFUL_PUBLIC_URL"),
    ],
)  # fmt: skip
def test_a_bad_value_is_named_with_its_key_and_no_secret(env: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError, match=said) as told:
        DeliverySettings.from_env(env)
    assert "hunter2" not in str(told.value)


def test_the_name_of_a_webhook_says_nothing_of_its_address() -> None:
    assert name_of(HOOK) == name_of(HOOK) != name_of(HOOK + "x")
    assert "fernway" not in name_of(HOOK)
    settings = DeliverySettings.from_env({"TACTFUL_WEBHOOK_URLS": HOOK, "TACTFUL_WEBHOOK_SECRETS": SECRET})  # fmt: skip
    assert "hunter2" not in repr(settings)

"""Settings come from the environment once, and a bad one is named with its key."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from skill.errors import SettingsError
from skill.settings import ApiKey, Secret, Settings, unknown_keys

LONG = "s" * 32


def test_an_empty_environment_gives_the_defaults() -> None:
    settings = Settings.from_env({})

    assert settings.topics is None
    assert settings.port == 8000
    assert settings.jwt_audience == "tactful"
    assert settings.database.startswith("sqlite:///")
    assert "tactful" in str(settings.data_dir)


def test_every_setting_is_read(tmp_path: Path) -> None:
    settings = Settings.from_env(
        {
            "TACTFUL_TOPICS": str(tmp_path),
            "TACTFUL_DATA_DIR": str(tmp_path / "data"),
            "TACTFUL_DATABASE_URL": "postgres://me:pass@db/x",
            "TACTFUL_JWT_SECRET": LONG,
            "TACTFUL_JWT_AUDIENCE": "us",
            "TACTFUL_MODEL": "some-model",
            "TACTFUL_PORT": "9000",
            "OPENAI_BASE_URL": "http://localhost:1234/v1",
            "OPENAI_API_KEY": "sk-1",
        }
    )

    assert settings.topics == tmp_path
    assert settings.database == "postgresql://me:pass@db/x"
    assert settings.jwt_secret.reveal() == LONG
    assert (settings.jwt_audience, settings.model, settings.port) == ("us", "some-model", 9000)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("TACTFUL_TOPICS", "/no/such/folder", "`/no/such/folder`"),
        ("TACTFUL_PORT", "eighty", "`eighty`"),
        ("TACTFUL_PORT", "70000", "`70000`"),
        ("TACTFUL_PORT", "-1", "`-1`"),
        ("TACTFUL_PORT", "٨٠", "`٨٠`"),
        ("TACTFUL_DATABASE_URL", "mysql://me:hunter2@db/x", "`mysql`"),
        ("TACTFUL_JWT_SECRET", "short-hunter2", "13 bytes"),
        ("TACTFUL_API_KEYS", "hunter2", "entry 1 has no scope"),
        ("TACTFUL_API_KEYS", "a=support,hunter2=boss", "entry 2 has a scope"),
        ("TACTFUL_API_KEYS", "hunter2=end_user", "`end_user`"),
        ("TACTFUL_API_KEYS", "hunter2=support@", "empty tenant"),
        ("TACTFUL_API_KEYS", "=support", "entry 1"),
        ("TACTFUL_API_KEYS", "sha256:hunter2=support", "64 hexadecimal"),
        ("TACTFUL_API_KEYS", "hunter2=support,hunter2=admin", "repeats"),
        ("OPENAI_BASE_URL", "localhost", "`localhost`"),
    ],
)
def test_a_bad_value_is_named_with_its_key_and_a_secret_is_not_shown(
    key: str, value: str, said: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({key: value})

    assert key in caught.value.detail
    assert said in caught.value.detail
    assert "hunter2" not in caught.value.detail + caught.value.help


def test_api_keys_are_kept_as_digests_with_scope_and_tenant() -> None:
    digest = hashlib.sha256(b"k2").hexdigest()

    keys = Settings.from_env(
        {"TACTFUL_API_KEYS": f"a=b=support@acme, sha256:{digest.upper()}=ingest ,"}
    ).api_keys

    assert keys == (
        ApiKey(digest=hashlib.sha256(b"a=b").hexdigest(), scope="support", tenant="acme"),
        ApiKey(digest=digest, scope="ingest", tenant="default"),
    )


def test_secrets_stay_out_of_every_printed_form() -> None:
    settings = Settings.from_env(
        {
            "TACTFUL_JWT_SECRET": "hunter2" * 5,
            "OPENAI_API_KEY": "hunter2",
            "TACTFUL_DATABASE_URL": "postgresql://me:hunter2@db/x",
            "TACTFUL_API_KEYS": "hunter2=support",
        }
    )

    assert "hunter2" not in f"{settings!r} {settings} {Secret('hunter2')!r} {Secret('hunter2')}"


def test_a_data_folder_with_odd_characters_makes_a_readable_url(tmp_path: Path) -> None:
    from skill.store.engine import Store

    odd = tmp_path / "100% data? #1"

    Store.open(Settings.from_env({"TACTFUL_DATA_DIR": str(odd)}).database).close()

    assert (odd / "tactful.db").is_file()


def test_a_misspelt_key_is_found_with_the_one_that_was_meant() -> None:
    assert unknown_keys({"TACTFUL_TOPIC": "x", "PATH": "y", "TACTFUL_PORT": "1"}) == {
        "TACTFUL_TOPIC": "TACTFUL_TOPICS"
    }

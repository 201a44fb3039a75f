"""The unsubscribe token: says whom it is about, to nobody without the secret, and cannot be changed."""

from __future__ import annotations

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skill.delivery.unsubscribe import Subject, key_of, read_token, token_of, url_of
from skill.errors import NotFound

SECRET = "a secret that is long enough to sign with, for tests"
KEY = key_of(SECRET)
ADA = Subject("default", "acc_1", "u_admin", "email")
TEXT = st.text(min_size=1, max_size=200)


@given(st.builds(Subject, TEXT, TEXT, TEXT, TEXT))
def test_a_token_says_whom_it_is_about(subject: Subject) -> None:
    assert read_token(KEY, token_of(KEY, subject)) == subject


@given(st.integers(0, 10**6), st.characters())
def test_no_changed_token_is_believed(place: int, letter: str) -> None:
    token = token_of(KEY, ADA)
    at = place % len(token)
    changed = token[:at] + letter + token[at + 1 :]
    if changed == token:
        return

    with pytest.raises(NotFound):
        read_token(KEY, changed)


@pytest.mark.parametrize(
    "letter", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
)
def test_a_token_has_one_spelling(letter: str) -> None:
    token = token_of(KEY, ADA)
    if letter == token[-1]:
        return

    # The last letter holds bits that say nothing.
    with pytest.raises(NotFound):
        read_token(KEY, token[:-1] + letter)


@pytest.mark.parametrize("token", ["", ".", "a.b.c", "é.é", "=", "a" * 10_000])
def test_anything_else_is_no_token(token: str) -> None:
    with pytest.raises(NotFound):
        read_token(KEY, token)


def test_two_people_cannot_be_mixed_up_by_where_an_id_ends() -> None:
    one, other = Subject("t", "ab", "c", "email"), Subject("t", "a", "bc", "email")

    assert token_of(KEY, one) != token_of(KEY, other)


def test_a_token_of_another_secret_or_purpose_is_not_believed() -> None:
    login = jwt.encode({"sub": "u_admin"}, SECRET, algorithm="HS256")

    for token in (token_of(key_of("x" * 40), ADA), token_of(SECRET.encode(), ADA), login):
        with pytest.raises(NotFound):
            read_token(KEY, token)


def test_the_link_holds_nothing_that_a_mail_client_would_have_to_escape() -> None:
    url = url_of("https://up.fernway.example/", token_of(KEY, ADA._replace(person="a b/ü?")))

    assert url.startswith("https://up.fernway.example/v1/unsubscribe/")
    assert set(url.rsplit("/", 1)[1]) <= set(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."
    )

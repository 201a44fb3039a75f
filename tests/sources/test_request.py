"""An account file is read whole, or refused with one clear line that says what and where."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skill.errors import InputError, TooLong
from skill.sources.request import read_customer

CONTRACT = {
    "account": {
        "id": "acc_4",
        "plan": "starter",
        "bundles": [],
        "region": "EU",
        "currency": "EUR",
        "grants": [],
        "removals": [],
        "limits": {},
        "traits": {"segment": "smb", "touch": "low"},
        "owner": {
            "name": "Lee",
            "email": "lee@fernway.example",
            "time_zone": "Europe/Berlin",
        },
    },
    "person": {
        "id": "u_7",
        "role": "admin",
        "email": "ada@acme.example",
        "locale": "en",
        "time_zone": "Europe/Berlin",
        "opted_out": [],
    },
    "facts": [{"name": "api_calls.used", "value": 41000, "as_of": "2026-11-20T09:00:00Z"}],
    "usage": [{"meter": "api_calls", "at": "2026-11-20T09:00:00Z", "value": 41000}],
    "events": [{"id": "e1", "name": "csv_export", "at": "2026-11-18T16:02:00Z"}],
    "history": [{"kind": "dismissal", "offer": "connect-pack", "at": "2026-11-01T10:00:00Z"}],
    "tickets": [
        {"id": "t1", "opened_at": "2026-11-19T08:00:00Z", "closed_at": None, "category": "bug"}
    ],
    "incidents": [
        {
            "id": "i1",
            "started_at": "2026-11-19T08:00:00Z",
            "ended_at": None,
            "touches": ["api"],
        }
    ],
    "now": "2026-11-21T09:00:00Z",
}


def written(tmp_path: Path, content: str | bytes) -> Path:
    path = tmp_path / "acme.json"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_the_account_file_of_the_contract_is_read(tmp_path: Path) -> None:
    customer = read_customer(written(tmp_path, json.dumps(CONTRACT)))

    assert customer.account.plan == "starter"
    assert customer.usage[0].value == 41000
    assert customer.now == datetime(2026, 11, 21, 9, tzinfo=UTC)
    assert customer == read_customer(CONTRACT)


def test_decimals_in_a_file_are_exact(tmp_path: Path) -> None:
    text = '{"facts": [{"name": "x", "value": 12345678901234567.89, "as_of": "2026-01-01T00:00Z"}]}'

    assert read_customer(written(tmp_path, text)).facts[0].value == Decimal("12345678901234567.89")


def test_an_empty_object_is_a_customer_about_whom_nothing_is_known() -> None:
    assert read_customer({}).account.plan is None


AT = "2026-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("data", "pointer", "said", "mend"),
    [
        ({"account": {"plann": "x"}}, "account.plann", "unknown field `plann`", "`plan`"),
        ({"acount": {}}, "acount", "unknown field `acount`", "`account`"),
        ({"usage": [{"meter": "a", "value": 1}]}, "usage[0].at", "is missing", ""),
        (
            {"usage": [{"meter": "a", "value": 1, "at": "2026-01-01"}]},
            "usage[0].at",
            "`2026-01-01`",
            "2026-11-20T09:00:00Z",
        ),
        ({"usage": [{"meter": "a", "value": -1, "at": AT}]}, "usage[0].value", "", ""),
        ({"usage": [{"meter": "a", "value": "1e999999", "at": AT}]}, "usage[0].value", "range", ""),
        ({"usage": [{"meter": "--", "value": 1, "at": AT}]}, "usage[0].meter", "letter", ""),
        ({"history": [{"kind": "declin", "at": AT}]}, "history[0].kind", "`declin`", "decline"),
        ({"history": [{"kind": "decline", "at": "0001-01-01T00:00:00+09:00"}]}, "", "range", ""),
        ({"account": {"plan": ["x"]}}, "account.plan", "must be text", ""),
        ({"account": []}, "account", "must be an object", ""),
        ({"facts": [{"name": "a", "value": [], "as_of": AT}]}, "facts[0].value", "", ""),
        ({"account": {"traits": {"a": {}}}}, "account.traits.a", "", ""),
        ({"account": {"plan": "a\0b"}}, "account.plan", "NUL", ""),
        ({"account": {"plan": "\ud800"}}, "account.plan", "surrogate", ""),
        ({"\ud800": 1}, "", "surrogate", ""),
        ({"account": {"traits": {"a": float("nan")}}}, "account.traits.a", "finite", ""),
    ],
)
def test_a_fault_is_named_with_its_place_and_mend(
    data: dict[str, Any], pointer: str, said: str, mend: str
) -> None:
    with pytest.raises(InputError) as caught:
        read_customer(data, "line 3 of cases.jsonl")

    error = caught.value
    assert error.detail.startswith("line 3 of cases.jsonl: ")
    assert "\n" not in error.detail
    assert said in error.detail
    assert mend in error.help
    if pointer:
        assert error.pointer == pointer


def test_a_right_that_never_ends_may_say_so_with_the_last_day() -> None:
    right = {"name": "sso", "until": "9999-12-31T23:59:59Z"}

    assert read_customer({"account": {"grants": [right]}}).account.grants[0].until is not None


def test_further_faults_are_counted() -> None:
    with pytest.raises(InputError, match="and 1 more"):
        read_customer({"account": {"plann": 1, "regoin": 2}})


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"account": {\n  "plan": }}', ":2:11: this is not JSON"),
        ("", ":1:1: this is not JSON"),
        ("[]", "one JSON object"),
        ('{"now": NaN}', "`NaN`"),
        ('{"account": {"plan": "a", "plan": "b"}}', "`plan` stands twice"),
        (b'{"a":\n"\xff"}', ":2: the file is not UTF-8"),
        (b'{"a":\n\n"\0"}', ":3: the file holds a NUL byte"),
        ("[" * 100_000, "nested too deeply"),
        ('{"a": ' * 60 + "1" + "}" * 60, "nested too deeply"),
        ('{"now": ' + "1" * 10_000 + "}", "too long"),
    ],
)
def test_a_file_that_is_no_account_file_is_refused_in_one_line(
    tmp_path: Path, content: str | bytes, said: str
) -> None:
    with pytest.raises(InputError) as caught:
        read_customer(written(tmp_path, content))

    assert said in caught.value.detail
    assert "\n" not in caught.value.detail


def test_a_huge_file_is_refused_without_reading_it_whole(tmp_path: Path) -> None:
    path = tmp_path / "huge.json"
    with path.open("wb") as file:
        file.truncate(10**10)

    with pytest.raises(TooLong, match="larger than 5 MB"):
        read_customer(path)


@pytest.mark.parametrize("name", ["missing.json", "."])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_customer(tmp_path / name)


def test_a_file_saved_by_a_windows_editor_is_read(tmp_path: Path) -> None:
    assert read_customer(written(tmp_path, b'\xef\xbb\xbf{"account": {}}')).account.plan is None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)
names = st.sampled_from([*CONTRACT, "plan", "id", "at", "value", "x"])


@given(st.dictionaries(names, st.dictionaries(names, json_values) | json_values))
def test_whatever_it_is_given_it_reads_or_refuses(data: dict[str, Any]) -> None:
    with suppress(InputError):
        read_customer(data)


@given(st.binary(max_size=200))
def test_whatever_bytes_a_file_holds_it_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.mktemp("any") / "account.json"
    path.write_bytes(content)
    with suppress(InputError):
        read_customer(path)

"""`tactful doctor` says what leaves for whom, and what keeps it from leaving; no secret stands in it."""

from __future__ import annotations

from skill.cli.checkup import Row, examine

MAIL = {
    "TACTFUL_SMTP_URL": "smtp://me:hunter2@mail.fernway.example",
    "TACTFUL_MAIL_FROM": "Fernway <hello@fernway.example>",
}


def row(environ: dict[str, str], what: str) -> Row:
    found = [one for one in examine(environ) if one.what == what]
    assert "hunter2" not in str(found)
    return found[0]


def test_with_nothing_set_nothing_leaves() -> None:
    assert row({}, "TACTFUL_SMTP_URL").state == "unset"
    assert row({}, "told what happens").found == "nobody"


def test_letters_without_a_way_out_are_told_with_what_is_missing() -> None:
    found = row(MAIL, "TACTFUL_SMTP_URL")
    assert found.state == "missing"
    assert "TACTFUL_PUBLIC_URL and TACTFUL_JWT_SECRET" in found.mend


def test_a_whole_set_up_is_fine() -> None:
    whole = {**MAIL, "TACTFUL_PUBLIC_URL": "https://tactful.fernway.example", "TACTFUL_JWT_SECRET": "hunter2" * 8}  # fmt: skip
    assert (
        row(whole, "TACTFUL_SMTP_URL").found == "mail.fernway.example, from hello@fernway.example"
    )


def test_a_bad_receiver_is_named_by_its_key() -> None:
    found = row({"TACTFUL_WEBHOOK_URLS": "http://10.0.0.1/hunter2"}, "TACTFUL_WEBHOOK_URLS")
    assert found.state == "wrong"

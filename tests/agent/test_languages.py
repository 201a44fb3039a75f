"""What a person of another language is shown: their words where they exist, exact figures always, and the same decision."""

from __future__ import annotations

import copy
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from babel.numbers import get_currency_symbol, parse_decimal
from hypothesis import given
from hypothesis import strategies as st

from evals.proof.tamper import tampered_prices, tampered_quotes
from evals.run import CLOCK, load, sample_workspace
from skill.agent.composer import Composer
from skill.agent.grounding import Prover
from skill.agent.languages import (
    Speech,
    Value,
    figure_of,
    figure_text,
    length_text,
    list_text,
    money_text,
    per_text,
)
from skill.agent.slots import fill
from skill.ask import Workspace, ask, workspace_of
from skill.compiler.folder import Compiled, Compiler
from skill.model.account import Customer
from skill.model.answer import Answer
from skill.model.common import plain_number
from skill.model.decision import Meaning, Outcome, Surface
from skill.model.money import Price, PriceKind
from skill.model.playbook import Playbook
from skill.model.topic import Quote, Span
from skill.policy.decide import decide
from skill.sample import find_person
from skill.testing import customer

ROOT = Path(__file__).parents[2]
LOCALES = (
    "de", "de-AT", "de-CH", "fr", "fr-CH", "pl", "ar", "ar-EG", "fa", "he", "hi", "ja",
    "pt-BR", "en-IN", "en-GB", "es", "sv", "zh-Hant",
)  # fmt: skip
CURRENCIES = ("EUR", "USD", "GBP", "CHF", "JPY", "INR", "KWD", "BRL", "PLN")
AMOUNTS = st.decimals(min_value=0, max_value=10**12, allow_nan=False, places=6).map(
    lambda d: Decimal(format(d, "f").rstrip("0").rstrip(".") or "0")
)
FIGURES = st.one_of(AMOUNTS, st.integers(0, 10**12).map(Decimal))
CONVERSATIONS = [(c, turn.question) for c in load() for turn in c.turns]


def parsed(text: str, locale: str, currency: str = "") -> Decimal:
    """The figure that a reader of this locale takes from a text."""
    tag = locale.replace("-", "_")
    for sign in (get_currency_symbol(currency, tag), currency) if currency else ():
        text = text.replace(sign, "")
    bare = re.sub(r"[\u200e\u200f\u061c%]", "", text).strip(" \u00a0\u202f")
    return parse_decimal(bare, locale=tag, strict=True)


@pytest.fixture(scope="module")
def workspace() -> Workspace:
    return sample_workspace()


def other_side(lang: str, **more: str) -> Compiled:
    """The sample with its German wording filed under another language: its figures must be those of that language."""
    sources = {p.name: p.read_text("utf-8") for p in sorted((ROOT / "topics").glob("*.md"))}
    for name in [n for n in sources if n.endswith(".de.md")]:
        german = re.sub(r"\{[a-z_]+\|([^|}]*)[^}]*\}", r"\1", sources.pop(name))
        sources[name.replace(".de.md", f".{lang}.md")] = german
    return Compiler().compile_sources({**sources, **more}, date(2026, 11, 21))


def answered(
    playbook: Playbook, who: Customer, now: datetime, feature: str, **asks: Any
) -> dict[str, Any]:
    meaning = Meaning(outcome=Outcome.FEATURE, features=(feature,), **asks)
    made = decide(playbook, who, meaning, surface=Surface.IN_PRODUCT, now=now)
    return body_of(Composer(playbook, made, who).answer("dec_1"))


def body_of(answer: Answer) -> dict[str, Any]:
    return json.loads(json.dumps(answer.body()))  # type: ignore[no-any-return]


def reader(locale: str, **more: Any) -> Customer:
    days = (9, 10, 11, 12, 16, 17, 18, 19)
    events = [
        {"id": f"e{d}", "name": "csv_export", "at": f"2026-11-{d:02}T10:00:00Z"} for d in days
    ]
    return customer(locale=locale, events=events, **more)


# -- figures ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("locale", LOCALES)
@given(amount=AMOUNTS, currency=st.sampled_from(CURRENCIES))
def test_money_parses_back_to_exactly_the_amount(
    locale: str, amount: Decimal, currency: str
) -> None:
    text = money_text(amount, currency, locale)
    assert parsed(text, locale, currency) == amount
    assert text == money_text(amount, currency, locale)


@pytest.mark.parametrize("locale", LOCALES)
@given(figure=FIGURES)
def test_a_figure_parses_back_and_a_fact_says_the_same_one(locale: str, figure: Decimal) -> None:
    assert parsed(figure_text(figure, locale), locale) == figure
    assert figure_of(plain_number(figure)) == figure
    assert parsed(figure_text(figure, locale, percent=True), locale) == figure


@pytest.mark.parametrize(
    ("amount", "currency", "lang", "text"),
    [
        ("49", "EUR", "de", "49 €"),
        ("49.00", "EUR", "de", "49,00 €"),
        ("4.5", "EUR", "de", "4,50 €"),
        ("0.002", "EUR", "de", "0,002 €"),
        ("1250", "EUR", "de-AT", "€ 1.250"),
        ("1250", "CHF", "de-CH", "CHF 1\u2019250"),
        ("125000", "INR", "en-IN", "₹1,25,000"),
        ("1250.5", "JPY", "ja", "￥1,250.5"),
        ("1250", "USD", "fr", "1\u202f250 $US"),
    ],
)
def test_money_is_written_as_its_readers_write_it(
    amount: str, currency: str, lang: str, text: str
) -> None:
    said = money_text(Decimal(amount), currency, lang).replace("\u00a0", " ")
    assert said == text


def test_lists_lengths_and_periods_are_said_by_cldr() -> None:
    assert list_text(["a", "b", "c"], "or", "de") == "a, b oder c"
    assert list_text(["a", "b"], "standard", "fr") == "a et b"
    assert [length_text(2, "week", lang) for lang in ("de", "pl", "ja")] == [
        "2 Wochen",
        "2 tygodnie",
        "2 週間",
    ]
    assert [per_text("X", "month", lang) for lang in ("de", "pt-BR", "ja")] == [
        "X pro Monat",
        "X por mês",
        "X/月",
    ]


def line(text: str, **more: Any) -> Price:
    return Price(text=text, span=Span(file="a.md", line=1, end_line=1), **more)


def test_a_price_is_said_whole_or_not_at_all(fernway: Playbook) -> None:
    german = Speech(fernway, "de")
    money: dict[str, Any] = {"kind": PriceKind.FIXED, "currency": "EUR", "amount": Decimal("24")}
    yearly = {**money, "per": "workspace", "period": "month", "billed": "year"}
    said = "24 € pro Workspace pro Monat, bei jährlicher Zahlung"
    assert (german.price(line("", **yearly)) or "").replace("\u00a0", " ") == said
    lowest = {**money, "kind": PriceKind.FROM, "period": "month", "billed": "month"}
    assert (german.price(line("", **lowest)) or "").startswith("ab 24")
    assert german.price(line("free", kind=PriceKind.FREE, amount=Decimal(0))) == "kostenlos"
    assert german.price(line("", **money, per="gadget")) is None
    assert german.price(line("", **yearly, at_least=Decimal(5))) is None
    assert german.price(line("", **money, first_free=Decimal(1000))) is None


def test_names_that_nobody_could_tell_apart_again_stay_in_the_original(fernway: Playbook) -> None:
    german = Speech(fernway, "de")
    plain = Value("Ada and Grace", parts=("Ada", "Grace"))
    firm = Value("Ada and Sons and Grace", parts=("Ada and Sons", "Grace"))
    odd = Value("Smith, Ada and Grace", parts=("Smith, Ada", "Grace"))
    assert german.says("admin_names", plain) == "Ada und Grace"
    assert german.says("admin_names", firm) == "Ada and Sons und Grace"
    assert german.says("admin_names", odd) is None


# -- answers ------------------------------------------------------------------------------------------


def test_a_german_reader_gets_german_words_with_german_figures(
    fernway: Playbook, now: datetime
) -> None:
    body = answered(fernway, reader("de"), now, "salesforce-export")
    text = body["answer"]["text"].replace("\u00a0", " ")
    assert "Das Verbindungspaket kostet 49 € pro Workspace pro Monat" in text
    assert "in den letzten 2 Wochen 8 Mal" in text
    assert {s["lang"] for s in body["answer"]["sentences"]} == {"de"}
    assert body["recommended_offers"][0]["action"]["label"] == "Details ansehen"
    assert body["recommended_offers"][0]["price"]["amount"] == "49.00"


def test_a_german_reader_who_pays_in_dollars_reads_the_dollar_price(
    fernway: Playbook, now: datetime
) -> None:
    body = answered(fernway, reader("de", currency="USD"), now, "salesforce-export")
    text = body["answer"]["text"].replace("\u00a0", " ")
    assert "kostet 54 $ pro Workspace pro Monat" in text
    assert Prover(fernway).prove(body).holds


def test_a_translation_that_nobody_reviewed_is_not_shown(now: datetime) -> None:
    german = (ROOT / "topics/product-bundles.de.md").read_text("utf-8")
    generated = german.replace("owner:", "generated: yes\nowner:", 1)
    playbook = other_side("fr", **{"product-bundles.fr.md": generated}).playbook
    body = answered(playbook, reader("fr"), now, "salesforce-export")
    of_bundles = [q for q in body["quotes"] if q["topic"].startswith("product-bundles")]
    assert {q["lang"] for q in of_bundles} == {"en"}


def test_what_is_not_translated_is_shown_in_the_original_with_its_own_language(
    workspace: Workspace,
) -> None:
    asked = ask(
        workspace,
        "Do we have webhooks, and can I export to Salesforce?",
        find_person("ada", CLOCK()),
        now=CLOCK(),
        locale="de-AT",
    )
    langs = {s.lang for s in asked.answer.answer.sentences}
    assert langs == {"de", "en"}


@pytest.mark.parametrize("locale", ["de", "de-AT"])
def test_the_decision_is_the_same_in_every_language_and_every_answer_is_proven(
    workspace: Workspace, locale: str
) -> None:
    german = workspace.playbook.translations["de"]
    for conversation, question in CONVERSATIONS:
        who = find_person(conversation.as_, CLOCK())
        here = {"now": CLOCK(), "surface": conversation.surface}
        english = ask(workspace, question, who, **here)  # type: ignore[arg-type]
        translated = ask(workspace, question, who, locale=locale, **here)  # type: ignore[arg-type]
        assert translated.decision.model_dump_json() == english.decision.model_dump_json()
        assert workspace.prover.prove(translated.answer.body()).holds
        for one, other in zip(english.answer.quotes, translated.answer.quotes, strict=True):
            tied = german.quotes.get(f"{one.topic}:{one.lines[0]}")
            if "description" in one.slots:
                continue  # what a feature does is said in no other language: the original stands
            assert (other.lang, other.topic) == (
                ("de", tied.topic) if tied else ("en", one.topic)
            ), question


@pytest.mark.parametrize("locale", LOCALES)
def test_every_answer_of_every_language_is_proven(locale: str, now: datetime) -> None:
    playbook = other_side(locale).playbook
    prover = Prover(playbook)
    usage = [
        {"meter": "api_calls", "at": "2026-11-21T08:00:00Z", "value": 41234},
        {"meter": "seats", "at": "2026-11-21T08:00:00Z", "value": 8},
    ]
    who = reader(locale, usage=usage, admins=["Ada", "Grace", "Lin"])
    asked = [
        answered(playbook, who, now, "salesforce-export"),
        answered(playbook, who, now, "single-sign-on"),
        answered(playbook, who, now, "team-members", meter="seats", wants="limit"),
        answered(playbook, who, now, "api-access", meter="api-calls", wants="limit"),
        answered(playbook, reader(locale, role="member", admins=["Ada", "Lin"]), now, "hubspot-export"),
    ]  # fmt: skip
    for body in asked:
        assert [p.said for p in prover.prove(body).problems] == []
    said = asked[0]["answer"]["text"]
    assert money_text(Decimal(49), "EUR", locale) in said
    assert locale in {q["lang"] for body in asked for q in body["quotes"]}


def test_a_price_that_a_language_cannot_say_leaves_the_whole_quote_in_the_original(
    now: datetime,
) -> None:
    lacking = (
        (ROOT / "topics/product-bundles.de.md").read_text("utf-8").replace("| per workspace |", "| per shop |")
    )  # fmt: skip
    playbook = other_side("fr", **{"product-bundles.fr.md": lacking}).playbook
    body = answered(playbook, reader("fr"), now, "salesforce-export")
    price = next(q for q in body["quotes"] if q["label"] == "Price")
    assert (price["lang"], price["slots"]["price"]) == ("en", "EUR 49 per workspace per month")
    assert body["quotes"][0]["lang"] == "fr"
    assert Prover(playbook).prove(body).holds


POLISH = """---
kind: features
---
# Funkcje

## Team members

### What customers can read

> **Limit seats:** {limit} {limit|miejsce|miejsca|miejsc|miejsca}, {used} zajęte, {left} {left|wolne miejsce|wolne miejsca|wolnych miejsc|wolnego miejsca}.
"""


@pytest.mark.parametrize(
    ("used", "words"),
    [(9, "1 wolne miejsce"), (8, "2 wolne miejsca"), (5, "5 wolnych miejsc"), (10, "0 wolnych")],
)
def test_a_figure_chooses_its_word_in_the_answer_and_in_its_slots(
    used: int, words: str, now: datetime
) -> None:
    playbook = other_side("pl", **{"features.pl.md": POLISH}).playbook
    usage = [{"meter": "seats", "at": "2026-11-21T08:00:00Z", "value": used}]
    who = reader("pl", usage=usage)
    body = answered(playbook, who, now, "team-members", meter="seats", wants="limit")
    (quote,) = body["quotes"]
    assert words in body["answer"]["text"]
    assert fill(quote["template"], quote["slots"]) == body["answer"]["text"]
    plural = next(slot for slot in quote["slots"] if slot.startswith("left|"))
    assert quote["slots"][plural] in plural.split("|")
    assert Prover(playbook).prove(body).holds


def test_unlimited_takes_the_last_word(fernway: Playbook) -> None:
    assert Speech(fernway, "de").says("limit|Bericht|Berichte", Value("unlimited")) == "Berichte"
    assert Speech(fernway, "de").says("limit", Value("unlimited")) == "unbegrenzt"


# -- what is refused ----------------------------------------------------------------------------------


def refilled(body: dict[str, Any], i: int, slot: str, text: str) -> dict[str, Any]:
    """A careful forgery: one slot says something else, and every text that shows it follows."""
    forged = copy.deepcopy(body)
    quote = forged["quotes"][i]
    old = fill(quote["template"], quote["slots"])
    quote["slots"][slot] = text
    new = fill(quote["template"], quote["slots"])
    whys = (offer["why"] for offer in forged["recommended_offers"])
    for sentence in (*forged["answer"]["sentences"], *whys):
        sentence["text"] = new if sentence["text"] == old else sentence["text"]
    forged["answer"]["text"] = "\n\n".join(s["text"] for s in forged["answer"]["sentences"])
    return forged


def other_figures(text: str) -> Iterator[str]:
    """Texts that a hurried reader takes for the same figure."""
    digits = re.search(r"\d", text)
    if digits is None:
        return
    at = digits.start()
    yield text[:at] + "1" + text[at:]
    yield text[: at + 1] + "," + text[at + 1 :]
    yield text[: at + 1] + "0" + text[at + 1 :]
    swapped = text.translate(str.maketrans(".,", ",."))
    if swapped != text:
        yield swapped
    yield re.sub(r"(\d+)", r"\1,00", text, count=1)


@pytest.mark.parametrize("locale", ["de", "de-CH", "fr", "ar", "en-IN"])
def test_a_figure_changed_in_any_language_is_refused(locale: str, now: datetime) -> None:
    playbook = other_side(locale).playbook
    prover = Prover(playbook)
    usage = [{"meter": "api_calls", "at": "2026-11-21T08:00:00Z", "value": 41234}]
    bodies = [
        answered(playbook, reader(locale), now, "salesforce-export"),
        answered(
            playbook,
            reader(locale, usage=usage),
            now,
            "api-access",
            meter="api-calls",
            wants="limit",
        ),
    ]
    n = 0
    for body in bodies:
        assert prover.prove(body).holds
        assert [name for name, forged in tampered_quotes(body) if prover.prove(forged).holds] == []
        assert [name for name, forged in tampered_prices(body) if prover.prove(forged).holds] == []
        for i, quote in enumerate(body["quotes"]):
            for slot, text in quote["slots"].items():
                for other in other_figures(text):
                    n += 1
                    assert not prover.prove(refilled(body, i, slot, other)).holds, (slot, other)
    assert n >= 15


def test_a_changed_fact_a_wrong_word_and_another_language_are_refused(
    fernway: Playbook, now: datetime
) -> None:
    prover = Prover(fernway)
    usage = [{"meter": "seats", "at": "2026-11-21T08:00:00Z", "value": 9}]
    who = reader("de", usage=usage)
    body = answered(fernway, who, now, "team-members", meter="seats", wants="limit")
    assert prover.prove(body).holds
    assert "1 ist frei" in body["answer"]["text"]
    plural = "left|ist|sind"
    assert not prover.prove(refilled(body, 0, plural, "sind")).holds
    assert not prover.prove(refilled(body, 0, plural, "war")).holds
    for place in (body["quotes"][0], body["answer"]["sentences"][0]):
        place["lang"] = "en"
        assert not prover.prove(body).holds
        place["lang"] = "de"
    body["answer"]["sentences"][0].pop("lang")
    assert not prover.prove(body).holds


def test_words_of_an_offer_stay_with_their_offer_in_translation(
    fernway: Playbook, now: datetime
) -> None:
    """A price of one bundle is not proven under the translated words of another."""
    body = answered(fernway, reader("de"), now, "salesforce-export")
    i = next(i for i, q in enumerate(body["quotes"]) if q["label"] == "Price")
    team = fernway.bundles["team"]
    price = next(p for p in team.prices if p.currency == "EUR")
    said = Speech(fernway, "de").price(price)
    assert said is not None
    forged = refilled(body, i, "price", said)
    fact = next(f for f in forged["facts"] if f["name"].startswith("price."))
    fact |= {"name": "price.team", "value": price.text, "source": str(price.span)}
    assert not Prover(fernway).prove(forged).holds


def said_too(body: dict[str, Any], quote: Quote) -> dict[str, Any]:
    """The answer with one more true quote in it, as if it belonged there."""
    forged = copy.deepcopy(body)
    forged["quotes"].append(
        {
            "id": "q9",
            "topic": quote.topic,
            "heading": quote.heading,
            "label": " ".join(x for x in (quote.label, quote.subject) if x),
            "lines": [quote.span.line, quote.span.end_line],
            "template": quote.template,
            "slots": {},
            "digest": quote.digest,
            "lang": quote.lang,
        }
    )
    sentence = {"text": quote.template, "kind": "quote", "evidence": ["q9"], "lang": quote.lang}
    forged["answer"]["sentences"].append(sentence)
    forged["answer"]["text"] += "\n\n" + quote.template
    return forged


def test_translated_words_of_what_is_not_offered_are_refused(
    fernway: Playbook, now: datetime
) -> None:
    body = answered(fernway, reader("de"), now, "salesforce-export")
    german = fernway.translations["de"].quotes.values()
    team = next(q for q in german if q.subject == "pricing-views")
    said = [p.said for p in Prover(fernway).prove(said_too(body, team)).problems]
    assert said == ["words of `Team`, which is not offered"]


def test_a_word_goes_with_the_figure_beside_it_and_not_with_another_of_the_answer(
    fernway: Playbook, now: datetime
) -> None:
    usage = [{"meter": "seats", "at": "2026-11-21T08:00:00Z", "value": 9}]
    who = reader("de", usage=usage)
    body = answered(fernway, who, now, "team-members", meter="seats", wants="limit")
    forged = refilled(body, 0, "left|ist|sind", "sind")
    other = {"id": "f9", "name": "signal.a.left", "value": "5", "source": "usage", "as_of": None}
    forged["facts"].append(other)
    forged["answer"]["sentences"][0]["evidence"].append("f9")
    said = [p.where for p in Prover(fernway).prove(forged).problems]
    assert said == ["/quotes/0/slots/left|ist|sind"]


def test_a_language_claimed_throughout_is_still_refused(fernway: Playbook, now: datetime) -> None:
    body = answered(fernway, reader("de", plan="team"), now, "team-members")
    assert Prover(fernway).prove(body).holds
    (quote,) = body["quotes"]
    assert quote["slots"] == {}
    quote["lang"] = body["answer"]["sentences"][0]["lang"] = "en"
    assert [p.where for p in Prover(fernway).prove(body).problems] == ["/quotes/0/lang"]


def test_two_prices_of_one_answer_cannot_change_places(fernway: Playbook, now: datetime) -> None:
    body = answered(fernway, reader("de", plan="free"), now, "salesforce-export")
    assert Prover(fernway).prove(body).holds
    first, second = (i for i, q in enumerate(body["quotes"]) if q["label"] == "Step price")
    price = body["quotes"][second]["slots"]["price"]
    assert "29" in body["quotes"][first]["slots"]["price"]
    assert "49" in price
    forged = refilled(body, first, "price", price)
    facts = [f["id"] for f in forged["facts"] if f["name"].startswith("price.")]
    for sentence in forged["answer"]["sentences"]:
        sentence["evidence"] = [*sentence["evidence"], *facts]
    said = [p.where for p in Prover(fernway).prove(forged).problems]
    assert said == [f"/quotes/{first}/slots/price"]


@pytest.mark.parametrize(
    "change", [{"label": "Jetzt kaufen"}, {"lang": "en"}, {"lang": "fr"}, {"label": "See details"}]
)
def test_a_button_says_its_word_in_its_language(
    fernway: Playbook, now: datetime, change: dict[str, str]
) -> None:
    body = answered(fernway, reader("de"), now, "salesforce-export")
    body["recommended_offers"][0]["action"] |= change
    assert not Prover(fernway).prove(body).holds


def test_a_quote_that_was_never_tied_is_not_proven(now: datetime) -> None:
    extra = (ROOT / "topics/features.de.md").read_text("utf-8").replace(
        "**Explain:** Der Salesforce", "**Role:** Der Salesforce"
    )  # fmt: skip
    playbook = other_side("fr", **{"features.fr.md": extra}).playbook
    body = answered(playbook, customer(plan="starter", locale="fr", opted_out=["all"]), now, "salesforce-export")  # fmt: skip
    topic = next(t for t in playbook.topics if t.name == "features.fr")
    section = next(s for s in topic.sections if s.heading == "Salesforce export")
    loose = next(q for q in section.quotes if q.label == "Role")
    forged = said_too(body, loose)
    problems = Prover(playbook).prove(forged).problems
    assert any("no customer quote stands" in p.said for p in problems)


# -- what no locale may do ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "locale",
    [
        "xx",
        "../../etc",
        "de" * 5000,
        "",
        "\0",
        "de-",
        "-",
        "x-klingon",
        "en",
        "en-XX",
        "i18n",
        "\u217ee",
    ],
)
def test_a_locale_that_nobody_knows_is_answered_in_the_original(
    workspace: Workspace, locale: str
) -> None:
    who = find_person("ada", CLOCK())
    question = "Can I export to Salesforce?"
    plain = ask(workspace, question, who, now=CLOCK())
    odd = ask(workspace, question, who, now=CLOCK(), locale=locale)
    assert odd.answer.answer == plain.answer.answer
    assert odd.answer.quotes == plain.answer.quotes


@given(locale=st.text(max_size=40))
def test_no_text_as_a_locale_ever_raises(workspace: Workspace, locale: str) -> None:
    who = find_person("ada", CLOCK()).model_copy()
    playbook = workspace.playbook
    made = decide(
        playbook,
        who,
        Meaning(outcome=Outcome.FEATURE, features=("salesforce-export",)),
        surface=Surface.IN_PRODUCT,
        now=CLOCK(),
    )
    person = who.person.model_copy(update={"locale": locale})
    body = Composer(playbook, made, who.model_copy(update={"person": person})).answer("d").body()
    assert workspace.prover.prove(body).holds


def test_the_same_question_in_the_same_language_gives_the_same_bytes(workspace: Workspace) -> None:
    fresh = workspace_of(Compiler().compile_folder(ROOT / "topics", CLOCK().date()), data_dir=None)
    bodies = {
        ask(w, "Can I export to Salesforce?", find_person("ada", CLOCK()), now=CLOCK(), locale="de")
        .answer.model_dump_json()
        for w in (workspace, workspace, fresh)
    }  # fmt: skip
    assert len(bodies) == 1


def test_the_command_line_starts_without_cldr() -> None:
    code = "import sys, skill, skill.cli, skill.cli.app, skill.cli.ask; sys.exit('babel' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0

"""The packet: three readers, three forms, two languages; every figure a fact or in a quote, and nothing internal in any."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from skill.agent.composer import Composer
from skill.agent.languages import Value
from skill.agent.packet import packet_of
from skill.agent.packet_forms import FORMS, MEDIA
from skill.agent.packet_proof import demand_packet, prove_packet
from skill.agent.tone import brought_pressure
from skill.agent.wording import Wording
from skill.api.accepts import preferred
from skill.errors import GroundingError, NotFound
from skill.model.account import Customer
from skill.model.decision import Meaning, Outcome, Surface
from skill.model.packet import READERS, Packet, Reader, Said
from skill.model.playbook import Playbook
from skill.model.topic import Quote, Span
from skill.policy.decide import decide
from skill.sample import find_person
from tests.conftest import NOW
from tests.policy.customers import customers, meanings
from tests.policy.test_laws import FERNWAY

ASKED: dict[str, Meaning] = {
    "ada": Meaning(outcome=Outcome.FEATURE, features=("salesforce-export",)),
    "ben": Meaning(outcome=Outcome.FEATURE, features=("salesforce-export",)),
    "abe": Meaning(outcome=Outcome.FEATURE, features=("audit-log",)),
    "jona": Meaning(
        outcome=Outcome.FEATURE, features=("saved-reports",), meter="reports", wants="more"
    ),
    "mara": Meaning(outcome=Outcome.FEATURE, features=("eu-data-residency",)),
}
NUMBER = re.compile(r"\d[\d,.:-]*\d|\d")


def made(who: Customer, meaning: Meaning, reader: Reader, playbook: Playbook = FERNWAY) -> Packet:
    decision = decide(playbook, who, meaning, surface=Surface.IN_PRODUCT, now=NOW)
    answer = Composer(playbook, decision, who).answer("dec_1")
    return packet_of(playbook, who, decision, answer, reader)


def packet(name: str, reader: Reader = "person", locale: str = "en") -> Packet:
    who = find_person(name, NOW)
    person = who.person.model_copy(update={"locale": locale})
    return made(who.model_copy(update={"person": person}), ASKED[name], reader)


class Page(HTMLParser):
    """What a browser would see: tags with their attributes, the text, and whether tags are closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


EVERY = [(name, reader, lang) for name in ASKED for reader in READERS for lang in ("en", "de")]


@pytest.mark.parametrize(("name", "reader", "lang"), EVERY)
def test_every_packet_is_proven(name: str, reader: Reader, lang: str) -> None:
    one = packet(name, reader, lang)
    assert list(prove_packet(FERNWAY, one)) == []
    assert one.lang == lang


@pytest.mark.parametrize(("name", "reader", "lang"), EVERY)
@pytest.mark.parametrize("form", FORMS)
def test_every_figure_in_a_packet_is_a_fact_or_stands_in_a_quote(
    name: str, reader: Reader, lang: str, form: str
) -> None:
    one = packet(name, reader, lang)
    text = FORMS[form](one)
    shown = Page(text).text if form == "html" else text.replace("\\", "")
    proven = " ".join(p.text for p in one.pieces())
    assert [n for n in NUMBER.findall(shown) if n not in proven] == []


@pytest.mark.parametrize(("name", "reader", "lang"), EVERY)
@pytest.mark.parametrize("form", FORMS)
def test_nothing_internal_is_in_any_packet(name: str, reader: Reader, lang: str, form: str) -> None:
    text = FORMS[form](packet(name, reader, lang))
    flat = " ".join((Page(text).text if form == "html" else text).replace("\\", "").split())
    notes = [n.text for t in FERNWAY.topics for s in t.sections for n in s.notes]
    sentences = [s for n in notes for s in re.split(r"(?<=[.!?])\s+", n) if len(s.split()) > 4]
    assert len(sentences) > 40
    assert [s for s in sentences if s in flat] == []
    assert not re.search(r"smb|enterprise|touch|segment", flat)


@given(
    customers(FERNWAY, NOW), meanings(FERNWAY), st.sampled_from(READERS), st.sampled_from(["en", "de"])
)  # fmt: skip
@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_was_offered_its_packet_is_proven(
    who: Customer, meaning: Meaning, reader: Reader, lang: str
) -> None:
    person = who.person.model_copy(update={"locale": lang})
    try:
        one = made(who.model_copy(update={"person": person}), meaning, reader)
    except NotFound:
        return
    assert list(prove_packet(FERNWAY, one)) == []


def test_a_packet_is_the_same_bytes_each_time() -> None:
    assert packet("jona") == packet("jona")


def test_a_decision_without_an_offer_has_nothing_to_pass_on() -> None:
    has_it = Meaning(outcome=Outcome.FEATURE, features=("csv-export",))
    with pytest.raises(NotFound, match="made no offer"):
        made(find_person("ada", NOW), has_it, "admin")


def test_a_packet_is_made_only_from_the_topics_of_its_decision() -> None:
    other = FERNWAY.model_copy(update={"version": "sha256:0"})
    who, meaning = find_person("ada", NOW), ASKED["ada"]
    decision = decide(FERNWAY, who, meaning, surface=Surface.IN_PRODUCT, now=NOW)
    answer = Composer(FERNWAY, decision, who).answer("dec_1")
    with pytest.raises(NotFound, match="other Topics"):
        packet_of(other, who, decision, answer, "person")


def test_each_reader_finds_their_own_first() -> None:
    def headings(reader: Reader) -> list[str]:
        return [s.heading[0].text for s in packet("ada", reader).sections]

    assert headings("finance")[1] == "What it costs"
    assert headings("admin")[1:3] == ["What would change", "Offered"]
    assert set(headings("person")) == set(headings("admin")) == set(headings("finance"))


def test_others_read_the_note_to_pass_on_and_the_person_what_was_said() -> None:
    first = {reader: packet("ada", reader).sections[0].paragraphs for reader in READERS}
    labels = {r: {q.id: q.label for q in packet("ada", r).quotes} for r in READERS}
    said = {r: [labels[r][p.evidence[0]] for p in first[r]] for r in READERS}
    assert said["admin"] == said["finance"] == ["Forward"]
    assert said["person"] == ["Answer salesforce-export", "Why you manual-export"]


def test_only_the_admin_of_somebody_who_cannot_buy_is_told_where_it_is() -> None:
    link = "/billing/add/connect-pack"
    there = {r: link in [p.text for p in packet("ben", r).pieces()] for r in READERS}
    assert there == {"person": False, "admin": True, "finance": False}


def test_the_question_itself_is_never_repeated() -> None:
    one = packet("ada", "admin")
    assert not any("?" in p.text for p in one.pieces() if p.kind != "quote")


@pytest.mark.parametrize("name", ASKED)
def test_html_is_accessible_and_fetches_nothing(name: str) -> None:
    page = Page(FORMS["html"](packet(name, "finance")))
    tags = [tag for tag, _ in page.tags]
    assert not {"img", "script", "link", "iframe", "form", "object", "video"} & set(tags)
    assert not any(
        key.startswith("on") or key in ("src", "style") for _, a in page.tags for key in a
    )
    assert page.open == []
    assert dict(page.tags)["html"] == {"lang": "en"}
    assert (tags.count("h1"), tags.count("main"), tags.count("title")) == (1, 1, 1)
    assert tags.count("h2") == tags.count("section")
    scopes = [a["scope"] for tag, a in page.tags if tag == "th"]
    assert set(scopes) == {"col", "row"}
    policy = next(a["content"] for _, a in page.tags if a.get("http-equiv"))
    assert policy is not None
    assert policy.startswith("default-src 'none'")
    ids = [a["id"] for _, a in page.tags if "id" in a]
    named = {a["aria-labelledby"] for _, a in page.tags if "aria-labelledby" in a}
    assert len(ids) == len(set(ids))
    assert named <= set(ids)


def test_words_of_another_language_say_which() -> None:
    page = Page(FORMS["html"](packet("ada", "finance", "de")))
    spans = {a["lang"] for tag, a in page.tags if tag == "span"}
    assert dict(page.tags)["html"] == {"lang": "de"}
    assert spans == {"en"}


def hostile(one: Packet, text: str) -> Packet:
    """The same packet with this text as a name, as a careless writer could have it."""
    return one.model_copy(update={"title": Said(text=text, kind="name")})


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "a | b",
        "![x](https://evil.example/p.gif)",
        "[x](https://evil.example)",
        "https://evil.example/track?id=1",
        "www.evil.example",
        "mail@evil.example",
        "`code` **bold** _x_ # h",
        "- a list",
        "1. a list",
        '" onclick="x',
        "&lt;b&gt;",
    ],
)
def test_no_text_becomes_markup(text: str) -> None:
    from markdown_it import MarkdownIt

    one = hostile(packet("ada"), text)
    page = Page(FORMS["html"](one))
    assert text in page.text
    assert not any("onclick" in a or "href" in a for _, a in page.tags)
    body = MarkdownIt("gfm-like", {"html": True, "linkify": False}).render(FORMS["md"](one))
    shown = Page(body)
    assert not {"a", "img", "script", "code", "b"} & {tag for tag, _ in shown.tags}
    assert text in shown.text


def test_markdown_has_whole_tables() -> None:
    lines = FORMS["md"](packet("jona", "admin")).splitlines()
    tables = [line for line in lines if line.startswith("|")]
    assert len(tables) > 15
    assert {line.count("|") for line in tables} <= {4, 5, 6}


def test_plain_text_fits_a_letter() -> None:
    text = FORMS["txt"](packet("jona", "finance"))
    long = [x for x in text.splitlines() if len(x) > 78 and not x.strip().startswith("sha256:")]
    assert long == []


LIES: list[tuple[str, Any]] = [
    ("a price", ("EUR 49 per workspace per month", "EUR 39 per workspace per month")),
    ("a figure of the difference", ("EUR 49.00", "EUR 4.00")),
    ("a count of value", ("14 hours", "140 hours")),
    ("a name", ("HubSpot export", "Everything")),
    ("a quote", ("for you, on the days you choose", "for free")),
    ("a place", ("usage-thresholds.md:19", "made-up.md:19")),
    ("a heading", ("What it costs", "What it saves")),
    ("how it is undone", ("it ends with the month", "it never ends")),
]


@pytest.mark.parametrize(("what", "lie"), LIES, ids=[what for what, _ in LIES])
def test_a_packet_with_a_lie_in_its_text_is_not_proven(what: str, lie: tuple[str, str]) -> None:
    whole = packet("ada").model_dump_json()
    old, new = lie
    assert f'"text":"{old}' in whole or old in whole, what
    body = re.sub(rf'("text":"[^"]*){re.escape(old)}', rf"\g<1>{new}", whole)
    assert body != whole
    assert list(prove_packet(FERNWAY, Packet.model_validate_json(body)))


@pytest.mark.parametrize(("what", "lie"), LIES[:3], ids=[what for what, _ in LIES[:3]])
def test_a_lie_told_in_text_and_fact_alike_is_not_proven(what: str, lie: tuple[str, str]) -> None:
    body = packet("ada").model_dump_json().replace(*lie)
    found = list(prove_packet(FERNWAY, Packet.model_validate_json(body)))
    assert found, what
    with pytest.raises(GroundingError):
        demand_packet(FERNWAY, Packet.model_validate_json(body))


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("*/*", "html"),
        ("", "html"),
        ("text/markdown", "md"),
        ("text/plain, text/html;q=0.5", "txt"),
        ("text/*;q=0.5, text/markdown", "md"),
        ("text/html;q=0, */*", "md"),
        ("application/json", None),
        ("text/html;q=none", None),
    ],
)
def test_the_form_is_the_one_that_is_asked_for(accept: str, form: str | None) -> None:
    assert preferred(accept, MEDIA) == form


HERE = Span(file="a.md", line=1, end_line=1)


def quote(template: str, *slots: str) -> Quote:
    return Quote(
        topic="a", heading="H", label="Price", template=template, slots=slots, span=HERE, digest="d"
    )


@pytest.mark.parametrize(
    ("template", "slots", "said"),
    [
        ("{bundle} costs {price}.", {"bundle": "Last chance pack", "price": "free"}, "Last chance"),
        ("You must {workaround}.", {"workaround": "upgrade"}, "You must upgrade"),
        ("Try it: {trial}.", {"trial": "a limited-time trial"}, "limited-time"),
        ("{bundle} costs {price}.", {"bundle": "Team", "price": "EUR 9"}, None),
        ("Buy now: {bundle}.", {"bundle": "Team"}, None),
    ],
)
def test_pressure_that_a_slot_brings_is_heard(
    template: str, slots: dict[str, str], said: str | None
) -> None:
    assert brought_pressure(template, slots) == said


def test_a_quote_whose_slot_brings_pressure_gives_way_to_the_next(fernway: Playbook) -> None:
    words = Wording(fernway, "en")
    values = {"trial": Value("act now"), "bundle": Value("Team")}
    pushes, calm = quote("{bundle}: {trial}.", "bundle", "trial"), quote("{bundle}.", "bundle")
    assert words.choose("Price", [(pushes, calm)], values) == calm
    assert words.choose("Price", [(pushes,)], values) is None

"""The page and the Markdown of a task: whole, in order, with nothing that runs, and every word as it was said."""

from __future__ import annotations

from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from skill.delivery.task_page import as_html
from skill.delivery.task_shown import brief, shown
from skill.delivery.task_text import as_markdown
from skill.model.task import Internal, OwnerTask, Proposal, TalkingPoint
from tests.store.test_tasks import task

VOID = ("meta", "input", "rect", "path", "circle")
TAGS = {
    "html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "h3", "dl", "dt", "dd", "nav", "form", "button",
    "label", "input", "p", "a", "ul", "li", "div", "table", "thead", "tbody", "tr", "th", "td", "section", "b", "code",
}  # fmt: skip


class Page(HTMLParser):
    """What a browser would see, and whether tags are closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def full(**more: Any) -> OwnerTask:
    fields: dict[str, Any] = {
        "kind": "offer",
        "proposal": Proposal(bundle="pack", name="Pack", kind="add-on", price="EUR 9"),
        "internal": Internal(talking_points=(TalkingPoint(text="**Open with:** time <b>", source="a.md:1"),)),
        **more,
    }  # fmt: skip
    return task(**fields)


def test_headings_stand_in_order_and_tables_and_forms_are_named() -> None:
    page = Page(as_html(full(), forms=True))
    levels = [int(tag[1]) for tag, _ in page.tags if tag in ("h1", "h2", "h3")]
    assert levels[0] == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))
    assert next(a for t, a in page.tags if t == "html") == {"lang": "en"}
    forms = [a for t, a in page.tags if t == "form"]
    assert [f["action"] for f in forms] == [
        f"/v1/tasks/eff_1/{verb}" for verb in ("done", "snooze", "not-useful")
    ]
    assert all(f["method"] == "post" for f in forms)


def test_a_page_in_a_file_of_its_own_has_no_buttons_and_sends_nothing() -> None:
    page = Page(as_html(full()))
    assert not [t for t, _ in page.tags if t in ("form", "button", "input", "a")]
    policy = next(a["content"] for _, a in page.tags if a.get("http-equiv"))
    assert policy == "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"  # fmt: skip


def test_what_is_for_the_owner_alone_stands_apart_from_the_note() -> None:
    page = as_html(full())
    assert page.index("Internal: for you alone") < page.index("Open with:")
    assert "<b>Open with:</b> time &lt;b&gt;" in page


def test_a_closed_task_has_no_buttons() -> None:
    assert "<form" not in as_html(full(), state="done", forms=True)
    assert "<form" in as_html(full(), state="snoozed", forms=True)


ANY = st.text(st.characters(codec="utf-8"), max_size=40)


@given(title=ANY, note=ANY, name=ANY)
def test_whatever_somebody_wrote_is_text_in_every_form(title: str, note: str, name: str) -> None:
    points = (TalkingPoint(text=note, source="a.md:1"),)
    offer = Proposal(bundle="b", name=name, kind="add-on")
    made = full(title=title, proposal=offer, internal=Internal(talking_points=points))
    page = Page(as_html(made, forms=True, key=title))
    assert {tag for tag, _ in page.tags} <= TAGS
    assert not any(name.startswith("on") for _, attributes in page.tags for name in attributes)
    lines = as_markdown(made).splitlines()
    assert [line for line in lines if line.startswith("## ")] == [
        line for line in as_markdown(full()).splitlines() if line.startswith("## ")
    ]


def test_where_an_offer_is_stopped_neither_it_nor_its_note_is_shown() -> None:
    for stopped in (frozenset({"pack"}), frozenset({"*"})):
        now = shown(full(), stopped)
        assert (now.proposal, now.note, now.kind) == (None, None, "question")
        assert "stopped" in now.internal.do_not[-1].text
        assert brief(full(), "open", stopped).offer == ""
    assert shown(full(), frozenset({"another"})) == full()

"""Features and help pages: what each thing is that a person can do, and how it is done."""

from __future__ import annotations

from skill.compiler import grammar
from skill.compiler.fields import FORMS, Fields, one_of
from skill.compiler.names import Names
from skill.compiler.tables import phrase
from skill.compiler.worth import read_worth
from skill.model.common import slug
from skill.model.playbook import Article, Feature
from skill.model.topic import Cell, Quote, Section, Span, Topic

_READERS = {"customers": False, "customer": False, "internal": True}


def reviewed(quotes: tuple[Quote, ...], topic: Topic, by: str = "") -> tuple[Quote, ...]:
    """The quotes of a thing; those of a generated Topic are not reviewed until somebody signs for them."""
    if topic.reviewed or by:
        return quotes
    return tuple(quote.model_copy(update={"reviewed": False}) for quote in quotes)


def read_feature(topic: Topic, section: Section, names: Names) -> Feature:
    """One feature from its section."""
    fields = Fields(section, FORMS["features"], names.found)
    where = f"feature `{section.heading}`"
    kind, meters = _kind(fields, where, names)
    return Feature.model_validate(
        {
            "key": slug(section.heading),
            "name": section.heading,
            "what_it_does": fields.text("What it does"),
            "also_called": tuple(name for name, _ in fields.parts("Also called")),
            "kind": kind,
            "meters": meters,
            "free_for_all": fields.yes("Free for all"),
            "free_for": names.keys("audiences", fields.parts("Free for"), where=where),
            "only_for": names.keys("audiences", fields.parts("Only for"), where=where),
            "needs_role": names.role_keys(fields.parts("Needs role"), where=where),
            "alternatives": names.keys("features", fields.parts("Alternatives"), where=where),
            "formerly": tuple(slug(name) for name, _ in fields.parts("Formerly")),
            "worth": read_worth(fields, where, names),
            "quotes": reviewed(section.quotes, topic),
            "notes": section.notes,
            "topic": topic.name,
            "span": section.span,
        }
    )


def _kind(fields: Fields, where: str, names: Names) -> tuple[str, tuple[str, ...]]:
    """Whether a feature is switched on, set to a value, or counted by meters."""
    row = fields.one("Kind")
    if row is None:
        return "switch", ()
    at = Cell(text=row.value, span=row.span)
    read = phrase(
        lambda text: grammar.read_kind(names.quoted(text)),
        at,
        "kind of feature",
        names,
        code="T108",
    )
    if read is None:
        return "switch", ()
    return read.kind, names.keys("meters", [(m, _within(at, m)) for m in read.meters], where=where)


def _within(at: Cell, word: str) -> Span:
    """Where a word stands inside a cell."""
    column = at.span.column + max(at.text.rfind(word), 0)
    return at.span.at(column)


def read_article(topic: Topic, section: Section, names: Names) -> Article:
    """One help page from its section; every paragraph of it can be quoted."""
    fields = Fields(section, FORMS["articles"], names.found)
    where = f"article `{section.heading}`"
    return Article(
        key=slug(section.heading),
        heading=section.heading,
        needs=names.keys("features", fields.parts("Needs"), where=where),
        internal=one_of(fields.one("Readers"), _READERS, False, names.found, doubt=True),
        passages=tuple(
            Quote(
                topic=note.topic,
                heading=note.heading,
                label="Article",
                template=note.text,
                span=note.span,
                digest=note.digest,
                reviewed=topic.reviewed,
                lang=topic.lang,
            )
            for note in section.text
        ),
        span=section.span,
    )

"""A decision to pass on: what is said to one reader, every piece of it a quote, a fact, a name or a place in the Topics."""

from __future__ import annotations

from typing import Literal

from skill.model.answer import FactView, QuoteView
from skill.model.common import Frozen
from skill.model.delta import DeltaLine
from skill.model.preview import CostPreview
from skill.model.receipt import Receipt

Reader = Literal["person", "admin", "finance"]
READERS: tuple[Reader, ...] = ("person", "admin", "finance")
"""Who reads: the one who was shown it, whoever looks after the plan, whoever looks after the budget."""


class Said(Frozen):
    """One piece of text, and what proves it."""

    text: str
    kind: Literal["quote", "fact", "name", "place"]
    """Words of a Topic; a value; the name of something in the Topics; where in the Topics something stands."""
    evidence: tuple[str, ...] = ()
    """Ids of quotes and facts in this packet."""
    lang: str = "en"
    href: str | None = None
    """Only of the offer's own link, as its Topic writes it."""


Cell = tuple[Said, ...]
"""What stands in one cell, in order."""


class TableRow(Frozen):
    """One row; its first cell is its heading."""

    cells: tuple[Cell, ...]
    marked: bool = False
    """Whether this is what was asked about."""


class Table(Frozen):
    """Rows under headings; without headings it is a list of names and values."""

    columns: tuple[Said, ...] = ()
    rows: tuple[TableRow, ...]

    def pieces(self) -> tuple[Said, ...]:
        """Every piece of text in it, in reading order."""
        return (*self.columns, *(said for row in self.rows for cell in row.cells for said in cell))


class Section(Frozen):
    """One part of a packet."""

    heading: Cell
    paragraphs: tuple[Said, ...] = ()
    tables: tuple[Table, ...] = ()

    def pieces(self) -> tuple[Said, ...]:
        """Every piece of text in it, in reading order."""
        tables = (said for table in self.tables for said in table.pieces())
        return (*self.heading, *self.paragraphs, *tables)


class PacketOffer(Frozen):
    """One offer of the decision, with everything that the packet says of it."""

    id: str
    quantity: int = 1
    steps: tuple[str, ...]
    """Keys of its purchases, in order."""
    unlocks: tuple[str, ...] = ()
    lifts: str | None = None
    delta: tuple[DeltaLine, ...] = ()
    cost: CostPreview


class Packet(Frozen):
    """One decision, rendered for one reader: readable without the product, and provable from the Topics."""

    decision_id: str
    topics_version: str
    reader: Reader
    lang: str
    as_of: str
    """ISO 8601, in UTC."""
    title: Said
    to: Said
    """For whom it is."""
    about: Table
    """As of when, what was asked about, on which plan."""
    sections: tuple[Section, ...]
    offers: tuple[PacketOffer, ...]
    receipt: Receipt
    quotes: tuple[QuoteView, ...]
    facts: tuple[FactView, ...]

    def pieces(self) -> tuple[Said, ...]:
        """Every piece of text in it, in reading order."""
        rest = (said for section in self.sections for said in section.pieces())
        return (self.title, self.to, *self.about.pieces(), *rest)

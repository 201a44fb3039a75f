"""What a Topic file looks like once read: sections, fields, rows, quotes and notes, each with its place."""

from __future__ import annotations

from enum import StrEnum

from skill.model.common import Frozen


class Span(Frozen):
    """A place in a Topic file, as an editor counts: lines and columns from 1, both ends included."""

    file: str
    """File name inside the Topics folder."""
    line: int
    end_line: int
    column: int = 1

    def at(self, column: int) -> Span:
        """The same place from this column on."""
        # Made a hundred thousand times while a large folder compiles: nothing in it needs checking again.
        return Span.model_construct(
            file=self.file, line=self.line, end_line=self.end_line, column=column
        )

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


class Severity(StrEnum):
    """How much a finding matters: an error keeps the Topics from being served."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Diagnostic(Frozen):
    """A finding in a Topic, for the writer: what, where, and one mend."""

    code: str
    """Stable code, such as `T103`."""
    name: str
    """Name of the pattern, such as `unknown-name`."""
    severity: Severity
    message: str
    help: str
    """The mend, in one sentence."""
    span: Span
    width: int = 1
    """How many columns the carets underline."""
    replacement: str | None = None
    """What may take the place of the underlined text without anybody looking; None where a person must choose."""


class Cell(Frozen):
    """One table cell: its text as the writer meant it, and where it stands."""

    text: str
    span: Span


class Field(Frozen):
    """A row of a thing's `| Field | Value |` table, or a bullet list under a `### Field` heading."""

    name: str
    value: str
    span: Span
    """Where the value stands."""
    name_span: Span


class Row(Frozen):
    """A row of a table whose rows are things (signals, restraint, meters, traits); cells by column key."""

    cells: dict[str, Cell]
    span: Span
    n_lacking: int = 0
    """How many cells it has too few for its table."""


class Quote(Frozen):
    """A passage shown verbatim: the text after the label of a `>` quote, with named slots.

    `template` is what stands at `span` of the file with `digest`: the quote's lines without `>` and label,
    joined by one space. Nothing else makes a Quote.
    """

    topic: str
    """Name of the Topic: the file name without `.md`."""
    heading: str
    label: str
    """The words in front of the colon, such as `Why you`."""
    subject: str = ""
    """What follows a label word: a feature, signal or meter key; empty where there is none."""
    template: str
    slots: tuple[str, ...] = ()
    """Names of the slots in the order they first appear."""
    span: Span
    digest: str
    """Digest of the whole Topic file."""
    reviewed: bool = True
    """False for generated wording that nobody has approved: never shown without permission."""
    lang: str = "en"

    @property
    def place(self) -> str:
        """Where it stands, as `product-bundles:180`: what its translations are tied to."""
        return f"{self.topic}:{self.span.line}"


class Note(Frozen):
    """A passage that stays inside: a bullet or paragraph under `Internal only`, or any stray prose."""

    topic: str
    heading: str
    text: str
    span: Span
    digest: str


class Section(Frozen):
    """One heading of a Topic with everything that stands under it."""

    heading: str
    level: int
    """1 for the file's title, whose quotes are the defaults; 2 for a thing."""
    span: Span
    fields: tuple[Field, ...] = ()
    columns: tuple[Cell, ...] = ()
    """The headings of the tables whose rows are things."""
    rows: tuple[Row, ...] = ()
    quotes: tuple[Quote, ...] = ()
    notes: tuple[Note, ...] = ()
    text: tuple[Note, ...] = ()
    """Plain paragraphs for customers; only the kind `articles` has them."""


class Topic(Frozen):
    """A flat Markdown file of one kind, read and placed."""

    name: str
    file: str
    kind: str
    owner: str = ""
    review_by: str = ""
    settings: dict[str, str] = {}
    """Further front matter, such as the holdout of a workspace."""
    places: dict[str, Span] = {}
    """Where each value of the front matter stands."""
    lang: str = "en"
    digest: str
    reviewed: bool = True
    sections: tuple[Section, ...] = ()

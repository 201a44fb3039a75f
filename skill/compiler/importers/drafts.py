"""A folder of Topics while an import gathers it: things by their key, each row with where it came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from skill.compiler.importers.plain import plain_name, shown
from skill.compiler.importers.settling import settled
from skill.compiler.importers.wording import default_words
from skill.compiler.importers.writing import Imported, Line, Page, Thing
from skill.model.common import slug

METER_COLUMNS = ("Meter", "Unit", "Counts", "Resets", "Limit is", "Maximum age")
SIGNAL_COLUMNS = ("Signal", "What we count", "Holds when", "Over", "Means", "Offer", "Audience")
RESTRAINT_COLUMNS = ("Situation", "Pause offers for", "Unless")


@dataclass
class Gathered:
    """A feature or bundle while its rows are gathered."""

    name: str
    origin: str
    rows: list[Line] = field(default_factory=list)
    unlocks: list[Line] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, name: str, value: str, origin: str = "") -> None:
        """A row of its table; one that stands there already is not repeated."""
        if value and (name, value) not in [row.cells for row in self.rows]:
            self.rows.append(Line((name, value), origin or self.origin))

    def has(self, name: str) -> bool:
        """Whether this field has a row."""
        return any(row.cells[0] == name for row in self.rows)

    def unlock(self, name: str, origin: str = "") -> None:
        """A feature that comes with it, named once."""
        if slug(name) not in {slug(bullet.cells[0]) for bullet in self.unlocks}:
            self.unlocks.append(Line((name,), origin or self.origin))

    def thing(self) -> Thing:
        """As it is written; how it is sold stands first."""
        rows = sorted(self.rows, key=lambda row: row.cells[0] not in ("Sold as", "What it does"))
        return Thing(
            self.name,
            tuple(rows),
            unlocks=tuple(self.unlocks),
            notes=tuple(self.notes),
            origin=self.origin,
        )


@dataclass
class Draft:
    """Everything that one import gathers."""

    name: str = ""
    owner: str = ""
    features: dict[str, Gathered] = field(default_factory=dict)
    bundles: dict[str, Gathered] = field(default_factory=dict)
    meters: dict[str, Line] = field(default_factory=dict)
    signals: list[Line] = field(default_factory=list)
    restraint: list[Line] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    took: list[str] = field(default_factory=list)

    def feature(self, said: str, origin: str) -> Gathered | None:
        """The feature of this name, made where there is none yet; None and told where the name has no letter."""
        return self._gathered(self.features, said, origin)

    def bundle(self, said: str, origin: str) -> Gathered | None:
        """The bundle of this name, made where there is none yet."""
        return self._gathered(self.bundles, said, origin)

    def new_name(self, known: Mapping[str, object], said: str, origin: str) -> str:
        """A name that is not taken; a number tells it from another thing of the same key. Empty where there is none."""
        name = self.clean(said, origin)
        if not name or slug(name) not in known:
            return name
        n = next(n for n in range(2, 100_000) if slug(f"{name} {n}") not in known)
        self.took.append(f"{origin}: another thing is called `{name}`; this one is `{name} {n}`")
        return f"{name} {n}"

    def clean(self, said: str, origin: str) -> str:
        """A name as the language can hold it; what had to be left out of it is said."""
        name = plain_name(said)
        if not slug(name):
            self.lost.append(f"{origin}: `{shown(said)}` has no letter or digit that makes a name")
            return ""
        if slug(name) != slug(said):
            self.took.append(f"{origin}: `{shown(said)}` is called `{name}`")
        return name

    def meter(self, said: str, origin: str, *, unit: str = "unit", resets: str = "") -> str:
        """The name of a meter, made where there is none yet."""
        name = plain_name(said)
        key = slug(name)
        if not key:
            self.lost.append(f"{origin}: `{shown(said)}` has no letter or digit that makes a name")
            return ""
        if key not in self.meters:
            self.meters[key] = Line((name, unit, name, resets, "", ""), origin)
        return self.meters[key].cells[0]

    def _gathered(self, known: dict[str, Gathered], said: str, origin: str) -> Gathered | None:
        key = slug(plain_name(said))
        if key in known and key:
            return known[key]
        name = self.clean(said, origin)
        if not name:
            return None
        known[key] = Gathered(name, origin)
        return known[key]

    def pages(self) -> dict[str, Page]:
        """The pages of what was gathered; a kind that nothing was said of has none."""
        out: dict[str, Page] = {}
        what = self.name or "the product"
        if self.features or self.bundles:
            for thing in self.features.values():
                if not thing.has("What it does"):
                    thing.rows.insert(0, Line(("What it does", thing.name), thing.origin))
            out["features.md"] = Page(
                "features",
                f"What {what} does",
                self.owner or what,
                words=default_words(self.name),
                things=tuple(f.thing() for f in self.features.values()),
            )
        if self.bundles:
            things = tuple(b.thing() for b in self.bundles.values())
            out["product-bundles.md"] = Page(
                "product-bundles", f"What {what} sells", self.owner or what, things=things
            )
        for name, kind, heading, columns, rows in (
            ("meters.md", "meters", f"What {what} counts", METER_COLUMNS, [*self.meters.values()]),
            ("usage-thresholds.md", "usage-thresholds", "Signals", SIGNAL_COLUMNS, self.signals),
            ("restraint.md", "restraint", "When we stay quiet", RESTRAINT_COLUMNS, self.restraint),
        ):
            if rows:
                out[name] = Page(
                    kind, heading, self.owner or what, columns=columns, rows=tuple(rows)
                )
        return out

    def imported(self, *, today: date, beside: Mapping[str, str] | None = None) -> Imported:
        """The Topics of all this, compiled; whatever the language refuses is told. Raises InputError."""
        kept, refused = settled(self.pages(), today=today, beside=beside, told=self.lost)
        return Imported(
            name=self.name,
            pages=kept,
            today=today,
            lost=(*self.lost, *refused),
            took=tuple(dict.fromkeys(self.took)),
        )

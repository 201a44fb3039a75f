"""Why offers stand in the order they do: every term of it with its value and where that comes from."""

from __future__ import annotations

from skill.model.common import Frozen
from skill.model.readiness import Figure


class Term(Frozen):
    """One thing that an order was made by."""

    name: str
    """`purchases`, `ends by itself`, `added each month`, `kind of step`, `chance`, `revenue in a year`,
    `churn risk avoided`, `expected value`, `preferred before`."""
    value: Figure | str | None = None
    """Nothing where nobody can say; then it counts for nothing, and is not zero."""
    unit: str = ""
    """A currency, `share` for what lies in 0..1; empty for a bare number and for words."""
    source: str = ""
    """A place in a Topic, the name of a fact, or how it was counted."""

    def __str__(self) -> str:
        value = "not known" if self.value is None else f"{self.value}"
        said = f"{self.name} {' '.join(x for x in (value, self.unit) if x)}"
        return f"{said} ({self.source})" if self.source else said


class Place(Frozen):
    """The place of one offer among those that were found, and everything that it was placed by."""

    offer: str
    place: int
    """From 1, the one that is made first."""
    need: str
    """Key of the meter that it lifts or of the feature that it is for; empty for a smaller plan."""
    terms: tuple[Term, ...]

    def __str__(self) -> str:
        return f"{self.place}. {self.offer}: {'; '.join(str(t) for t in self.terms)}"

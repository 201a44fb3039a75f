"""What an offer would change: each right, limit and setting as the account holds it now, and as it would hold it then."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from skill.model.common import Frozen
from skill.model.readiness import Figure


class Part(Frozen):
    """One source of what is held: a bundle with its row, a grant, an override."""

    source: Literal["plan", "add-on", "grant", "override", "free for all", "audience"]
    name: str = ""
    """Name of the bundle or audience; where a grant came from; empty for an override."""
    value: Figure | Literal["unlimited"] | None = None
    """What this part gives of a limit; nothing for anything else."""
    text: str = ""
    """What it says of a setting, as the Topic writes it."""
    extends: bool = False
    """Whether it is added to what another part gives."""
    times: int = 1
    """How many of it are held; an extension counts as often."""
    until: datetime | None = None
    """When a grant ends; nothing where it does not."""
    topic: str = ""
    """File of the Topic that says so; empty for what only the account says."""
    line: int | None = None


class Side(Frozen):
    """One side of a line: whether it is held, how much, and from where."""

    has: bool | None
    """Nothing where nobody can say: the plan is one that no Topic knows."""
    value: Figure | Literal["unlimited"] | None = None
    """How much of a limit; nothing for anything else, and where nothing is said."""
    text: str = ""
    """What a setting is, as the Topic writes it."""
    parts: tuple[Part, ...] = ()


class DeltaLine(Frozen):
    """One difference between what is held now and what would be held then."""

    what: Literal["feature", "control", "limit", "setting"]
    """A control is a feature that only some roles may use, such as single sign-on or the audit log."""
    key: str
    """Key of the feature or meter."""
    name: str
    unit: str = ""
    """What a limit counts."""
    now: Side
    then: Side
    change: Literal["gained", "more", "changed", "less", "lost", "same", "unknown"]
    unblocks: bool = False
    """Whether this is what was asked about, or the limit that is in the way."""

"""What a person wants to hear of: categories and channels that are off, quiet hours, language and time zone."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, Field, StringConstraints

from skill.model.common import Frozen, slug
from skill.model.playbook import QuietHours

OFFERS = "offers"
"""The category of a message whose play names none."""
ALL = "all"

Messaged = Literal["in_app", "email"]
"""Channels that a person can switch off; an answer is asked for, and a task is another person's."""
MESSAGED: tuple[Messaged, ...] = get_args(Messaged)


def _category(name: str) -> str:
    key = slug(name)
    if not key:
        raise ValueError("a category needs at least one letter or digit")
    if key in map(slug, MESSAGED):
        raise ValueError("is a channel: switch it off under `channels`")
    return key


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


def _zone(name: str) -> str:
    # By name only: `ZoneInfo` would take a path too.
    if name not in _zones():
        raise ValueError("is no time zone of the IANA list, such as `Europe/Berlin`")
    return name


Category = Annotated[str, StringConstraints(max_length=200), AfterValidator(_category)]
Zone = Annotated[str, StringConstraints(max_length=64), AfterValidator(_zone)]
Locale = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,3}$")]


class Channels(Frozen):
    """Each channel, on or off."""

    in_app: bool = True
    """Notifications in the product."""
    email: bool = True
    """Messages by mail."""


class Preferences(Frozen):
    """What a person chose; what they did not choose is left as the product reports it."""

    opted_out: tuple[Category, ...] = Field(default=(), max_length=100)
    """Categories of messages that are not wanted: `all`, `offers`, or a play's own."""
    quiet_hours: QuietHours | None = None
    """Beside those of the Topics, which hold for everybody."""
    channels: Channels = Channels()
    locale: Locale | None = None
    """BCP 47; none leaves the one that the product reports."""
    time_zone: Zone | None = None
    """IANA; none leaves the one that the product reports."""

    @property
    def entries(self) -> tuple[str, ...]:
        """All that is off, as it stands in `Person.opted_out`: categories and channels."""
        off = [name for name in MESSAGED if not getattr(self.channels, name)]
        return tuple(dict.fromkeys((*self.opted_out, *off)))

    @classmethod
    def together(cls, chosen: Sequence[Preferences]) -> Preferences:
        """What several choices of one person come to, the newest first: all that is off in any, else the newest word."""

        def first(name: str) -> Any:
            return next((v for one in chosen if (v := getattr(one, name)) is not None), None)

        return cls(
            opted_out=tuple(dict.fromkeys(each for one in chosen for each in one.opted_out)),
            quiet_hours=first("quiet_hours"),
            channels=Channels(
                **{name: all(getattr(one.channels, name) for one in chosen) for name in MESSAGED}
            ),
            locale=first("locale"),
            time_zone=first("time_zone"),
        )

    def without(self, entry: str) -> Preferences:
        """The same with one thing more that is off: a category or a channel."""
        return self._with(entry, on=False)

    def again(self, entry: str) -> Preferences:
        """The same with one thing on again."""
        return self._with(entry, on=True)

    def _with(self, entry: str, *, on: bool) -> Preferences:
        if entry in MESSAGED:
            changed = self.channels.model_copy(update={entry: on})
            return self.model_copy(update={"channels": changed})
        kept = tuple(one for one in self.opted_out if one != entry)
        return self.model_copy(update={"opted_out": kept if on else (*kept, entry)})


def is_off(entries: Iterable[str], channel: str, category: str) -> bool:
    """Whether a message of this category by this channel is one that the person does not want.

    Args:
        entries: what is off, as in `Person.opted_out`.
        channel: by which it would come.
        category: of its play; empty is `offers`.
    """
    meant = {ALL, channel, category or OFFERS}
    return any(entry in meant for entry in entries)

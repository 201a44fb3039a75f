"""A help desk's ticket webhook, in the shape that Zendesk sends: what it says of a ticket and of a reply.

The account is the ticket's tag `account:ID` (`account_ID` where colons cannot be typed), else the id of its organization.

Source: Zendesk "Webhook event types: ticket events", `zendesk_event_version` 2022-11-06.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

_TICKET = "zen:event-type:ticket."

_ENDED = frozenset(("solved", "closed", "deleted"))
"""States in which nobody waits for an answer."""

_DELETED = ("soft_deleted", "permanently_deleted")
_SAYS_STATE = ("created", "status_changed", "undeleted", *_DELETED)
"""Types that say whether the ticket is open."""

_CATEGORIES = {"problem": "bug", "incident": "bug", "question": "question", "task": "task"}
"""A ticket's `type`, in the words that restraint reads."""

_MARKS = ("account:", "account_")


def of_helpdesk(message: Mapping[str, object]) -> Sequence[Mapping[str, object]]:
    """The entries that a message is worth: a ticket opened or closed, with nothing of what was written in it.

    None for a type that says nothing of the state. A message that ought to say it and does not gives an
    entry without the missing part, which is refused with its name.
    """
    kind, detail = message.get("type"), message.get("detail")
    if not isinstance(kind, str) or not kind.startswith(_TICKET):
        return ()
    what = kind.removeprefix(_TICKET)
    if what not in _SAYS_STATE:
        return ()
    ticket = detail if isinstance(detail, Mapping) else {}
    ended = what in _DELETED or _state(ticket) in _ENDED
    properties = {"ticket": _text(ticket.get("id")), "category": _category(ticket)}
    entry = {
        "account": _account(ticket),
        "name": "ticket.closed" if ended else "ticket.opened",
        "at": ticket.get("created_at") if what == "created" and not ended else message.get("time"),
        "properties": {name: said for name, said in properties.items() if said},
    }
    return ({name: said for name, said in entry.items() if said is not None},)


def _state(ticket: Mapping[str, object]) -> str:
    return str(ticket.get("status", "")).lower()


def _category(ticket: Mapping[str, object]) -> str | None:
    kind = ticket.get("type")
    return _CATEGORIES.get(kind.lower()) if isinstance(kind, str) else None


def _account(ticket: Mapping[str, object]) -> str | None:
    tags = ticket.get("tags")
    for tag in tags if isinstance(tags, list) else ():
        for mark in _MARKS:
            if isinstance(tag, str) and tag.startswith(mark) and len(tag) > len(mark):
                return tag.removeprefix(mark)
    return _text(ticket.get("organization_id"))


def _text(value: object) -> str | None:
    """An id as text; a help desk writes some of them as numbers."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value) or None

"""An email as it leaves: whom it reaches, its two forms, and how its reader ends such messages."""

from __future__ import annotations

from skill.model.common import Frozen


class Letter(Frozen):
    """One email to one person, made of customer wording alone and proven before."""

    effect: str
    """Id of the effect: the same for every try, and in the message's own id."""
    to: str
    """The person's address."""
    to_name: str = ""
    lang: str
    """BCP 47."""
    subject: str
    text: str
    """Plain text, whole by itself."""
    html: str
    """The same as a page that loads nothing."""
    unsubscribe_url: str = ""
    """Ends messages of this category at one click; empty where no public address is configured."""
    category: str = "offers"

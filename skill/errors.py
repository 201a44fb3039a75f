"""Every exception of ours, on one page.

    SkillError
    ├── TopicError          Topics that cannot be served: unreadable folder, errors in it
    ├── SettingsError       a setting with a bad value, named with its key
    ├── InputError          bad input from a caller: what and where
    │   ├── UnknownPerson   nobody known by that name
    │   ├── TooLong         a question or file past its bound
    │   ├── DraftRefused    Topics with errors, which are not published
    │   └── Refused         input with its faults listed (`skill/sources/faults.py`)
    ├── RetrievalError      an index that cannot be built or read
    ├── ModelError          the provider of a language model failed
    │   └── ModelFailed     one call to it gave no whole answer; `why` is stable
    ├── GroundingError      an answer that its Topics do not prove
    ├── LedgerError         the store cannot keep or give back a record
    ├── DeliveryError       a receiver did not take it, or plays cannot run
    ├── NotFound            nothing there that this caller may see
    │   └── NotPublished    a tenant whose Topics nobody has published
    ├── Conflicting         the same id came before with other content
    ├── NoLongerOffered     an offer that would not be made now as it was made then
    ├── CheckoutError       the billing provider opened no page to buy on
    ├── Outdated            something else is current than the writer believed
    │   └── Unconditional   a writer who does not say what they replace
    └── AccessError         a credential that does not allow this
        └── NotAuthenticated    no credential, or none that can be believed

A decision not to offer is no exception, and a finding in a Topic is a diagnostic (`skill.model.topic`).
Constructors only store. `code` is stable; the HTTP status of each stands in `skill/api/problems.py` alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Literal


class SkillError(Exception):
    """The program or its surroundings failed; `code` is stable, `detail` is for people."""

    code = "skill_error"

    def __init__(self, detail: str, *, pointer: str = "", help: str = "") -> None:
        super().__init__(detail)
        self.detail = detail
        self.pointer = pointer
        """Where in the input, as a JSON pointer or `file:line`."""
        self.help = help
        """The mend, in one sentence."""


class TopicError(SkillError):
    """Topics that cannot be served; `diagnostics` holds what the compiler found, where it came that far."""

    code = "topics_unreadable"
    diagnostics: tuple[object, ...] = ()


class SettingsError(SkillError):
    """A setting with a value that cannot be used."""

    code = "bad_setting"


class InputError(SkillError):
    """Input that cannot be used; nothing was done."""

    code = "bad_input"


class UnknownPerson(InputError):
    """Nobody is known by that name."""

    code = "unknown_person"


class TooLong(InputError):
    """Input past its bound."""

    code = "too_long"


class DraftRefused(InputError):
    """Topics with errors: nothing of them was kept; `diagnostics` holds everything the compiler found."""

    code = "draft_refused"
    diagnostics: tuple[Any, ...] = ()


class RetrievalError(SkillError):
    """An index cannot be built or read."""

    code = "index_unavailable"


class ModelError(SkillError):
    """The provider of a language model failed."""

    code = "model_unavailable"


WhyFailed = Literal[
    "timeout",
    "unreachable",
    "rate_limited",
    "server_error",
    "refused_request",
    "malformed",
    "broken_off",
    "too_long",
    "breaker_open",
    "no_key",
]
"""What was the matter with a call to a model:

`timeout` nothing whole by the deadline; `unreachable` no connection; `rate_limited` 429; `server_error` 5xx, or an
error told in the middle of a stream; `refused_request` any other 4xx; `malformed` an answer of a wrong shape;
`broken_off` a connection or stream that ended in the middle; `too_long` past the bound; `breaker_open` not asked,
because it failed too often just now; `no_key` not asked, because the provider needs a key and there is none.
"""


class ModelFailed(ModelError):
    """One call to a language model gave no whole answer."""

    code = "model_failed"

    def __init__(
        self,
        detail: str,
        *,
        why: WhyFailed,
        status: int | None = None,
        retry_after_s: float | None = None,
        said: str = "",
        help: str = "",
    ) -> None:
        super().__init__(detail, help=help)
        self.why = why
        self.status = status
        """Of HTTP, where the endpoint answered with one."""
        self.retry_after_s = retry_after_s
        """Seconds after which the endpoint wants to be asked again, where it said so."""
        self.said = said
        """The endpoint's own words, at most 300 characters. They may repeat what was asked: never logged or shown
        to an end user; for the person who sets the endpoint up."""


class GroundingError(SkillError):
    """An answer that its Topics do not prove."""

    code = "not_proven"


class LedgerError(SkillError):
    """The store cannot keep or give back a record."""

    code = "store_unavailable"


class DeliveryError(SkillError):
    """A receiver did not take what was sent, and may take it later; or plays cannot run."""

    code = "not_delivered"
    asked_for: timedelta | None = None
    """How long the receiver asks to be left alone, where it says so."""


class AccessError(SkillError):
    """The credential does not allow this."""

    code = "not_allowed"


class NotAuthenticated(AccessError):
    """There is no credential, or none that can be believed."""

    code = "not_authenticated"


class NotFound(SkillError):
    """Nothing there that this caller may see."""

    code = "not_found"


class NotPublished(NotFound):
    """Topics are served as published, and this tenant has published none."""

    code = "topics_not_published"


class Conflicting(SkillError):
    """The same id came before with other content; `faults` says which, `more` what was taken all the same."""

    code = "conflict"

    def __init__(self, detail: str, faults: Sequence[Any], **more: Any) -> None:
        super().__init__(detail)
        self.faults = tuple(faults)
        self.more = more


class NoLongerOffered(SkillError):
    """An offer that would not be made now as it was made then; nothing was begun."""

    code = "no_longer_offered"


class CheckoutError(SkillError):
    """The billing provider opened no page to buy on; nothing was begun."""

    code = "checkout_unavailable"


class Outdated(SkillError):
    """Something else is current than the writer believed; nothing was changed. `current` is what is."""

    code = "precondition_failed"

    def __init__(self, detail: str, *, current: str | None, help: str = "") -> None:
        super().__init__(detail, help=help)
        self.current = current


class Unconditional(Outdated):
    """The writer does not say which version they replace, so a colleague's work could be lost."""

    code = "precondition_required"

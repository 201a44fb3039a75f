"""What an account holds at one moment - features, limits, settings - each with every part that gives it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from skill.model.account import Customer
from skill.model.delta import Part, Side
from skill.model.playbook import Bundle, Limit, Playbook
from skill.model.rules import Truth
from skill.policy import gate

_UNKNOWN = Side(has=None)
_NOTHING = Side(has=False)


@dataclass(frozen=True)
class Rights:
    """One account's rights, looked up once."""

    playbook: Playbook
    customer: Customer
    now: datetime
    plan: Bundle | None
    extras: tuple[Bundle, ...]
    is_known: bool
    """False where the account could not be read, or is on a plan that no Topic knows: what it lacks nobody can say."""

    @classmethod
    def of(cls, playbook: Playbook, customer: Customer, now: datetime) -> Rights:
        """What this customer holds now."""
        unread = "account" in customer.unavailable or gate.plan_is_unknown(playbook, customer)
        return cls(
            playbook,
            customer,
            now,
            gate.held_plan(playbook, customer),
            gate.held_bundles(playbook, customer, now),
            not unread,
        )

    def feature(self, key: str) -> Side:
        """Whether the account has a feature, and by which rights. What is not for it at all, it does not have."""
        feature = self.playbook.features[key]
        for_them = gate.is_for(self.playbook, self.customer, feature, self.now)
        if for_them is Truth.FALSE:
            return _NOTHING
        if for_them is Truth.UNKNOWN or "account" in self.customer.unavailable:
            return _UNKNOWN
        rights = gate.entitlements(self.playbook, self.customer, feature, self.now)
        if rights:
            return Side(has=True, parts=tuple(self._right(r.source, r.name, key) for r in rights))
        may_be_free = gate.is_in(feature.free_for, self.playbook, self.customer, self.now)
        return _NOTHING if self.is_known and may_be_free is not Truth.UNKNOWN else _UNKNOWN

    def _right(self, source: str, name: str, feature: str) -> Part:
        if source == "free for all":
            span = self.playbook.features[feature].span
            return Part(source="free for all", topic=span.file, line=span.line)
        if source == "audience":
            audience = self.playbook.audiences[name]
            at = audience.span
            return Part(source="audience", name=audience.name, topic=at.file, line=at.line)
        if source == "grant":
            return Part(source="grant", name=name, until=self._until(feature))
        return self._part(self.playbook.bundles[name])

    def _part(self, bundle: Bundle, row: Limit | None = None) -> Part:
        """A bundle as a source: the plan, an extra that was bought, or one that was granted."""
        bought = bundle.key in self.customer.account.bundles
        is_plan = bundle is self.plan
        span = row.span if row is not None else bundle.span
        value: Decimal | Literal["unlimited"] | None = None
        if row is not None:
            value = "unlimited" if row.value is None else row.value
        return Part(
            source="plan" if is_plan else "add-on" if bought else "grant",
            name=bundle.name,
            value=value,
            extends=row is not None and row.extends,
            times=max(self.customer.account.bundles.count(bundle.key), 1),
            until=None if is_plan or bought else self._until(bundle.key),
            topic=span.file,
            line=span.line,
        )

    def _until(self, name: str) -> datetime | None:
        """When the grant of this name ends that lasts longest; None where one of them does not end."""
        ends = [
            right.until
            for right in self.customer.account.grants
            if right.name == name and (right.until is None or self.now < right.until)
        ]
        known = [end for end in ends if end is not None]
        return max(known) if ends and len(known) == len(ends) else None

    def limit(self, meter: str) -> Side:
        """How much of a meter there is, with everything that adds up to it; as the gate counts."""
        if "account" in self.customer.unavailable:
            return _UNKNOWN
        bare = self.customer.model_copy(update={"usage": ()})
        found = gate.effective_limit(self.playbook, bare, meter, self.now)
        if found is None:
            return _NOTHING if self.is_known else _UNKNOWN
        value: Decimal | Literal["unlimited"] = (
            found.value if found.value is not None else "unlimited"
        )
        if found.source == "override":
            return Side(has=True, value=value, parts=(Part(source="override", value=value),))
        base = self.playbook.bundles[found.bundle]
        rows = [(base, next(r for r in base.limits if r.meter == meter and not r.extends))]
        if found.value is not None:
            every = (*((self.plan,) if self.plan else ()), *self.extras)
            rows += [(b, r) for b in every for r in b.limits if r.meter == meter and r.extends]
        return Side(has=True, value=value, parts=tuple(self._part(b, r) for b, r in rows))

    def setting(self, feature: str) -> Side:
        """What a feature is set to. An extra's word counts before the plan's: it was bought for it."""
        if "account" in self.customer.unavailable:
            return _UNKNOWN
        for bundle in (*reversed(self.extras), *((self.plan,) if self.plan else ())):
            for one in bundle.settings:
                if one.feature == feature:
                    part = self._part(bundle).model_copy(
                        update={"text": one.value, "topic": one.span.file, "line": one.span.line}
                    )
                    return Side(has=True, text=one.value, parts=(part,))
        return _NOTHING if self.is_known else _UNKNOWN

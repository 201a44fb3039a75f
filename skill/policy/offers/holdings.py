"""What an account holds, and which further bundles are sold to who holds that."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from skill.model.account import Customer
from skill.model.money import Price
from skill.model.playbook import Bundle, Playbook, SoldAs
from skill.policy import gate
from skill.policy.prices import pricing
from skill.policy.tables import Tables, tables_of


@dataclass(frozen=True)
class Account:
    """What the account holds now, looked up once."""

    playbook: Playbook
    customer: Customer
    now: datetime
    plan: Bundle | None
    held: tuple[Bundle, ...]
    _prices: dict[str, Price | None] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(cls, playbook: Playbook, customer: Customer, now: datetime) -> Account:
        """The account's plan and bundles at this moment."""
        plan = gate.held_plan(playbook, customer)
        return cls(playbook, customer, now, plan, gate.held_bundles(playbook, customer, now))

    @cached_property
    def tables(self) -> Tables:
        """What follows from the Topics alone."""
        return tables_of(self.playbook)

    def price(self, bundle: Bundle) -> Price | None:
        """The price line of a bundle that holds for this account; looked up once."""
        if bundle.key not in self._prices:
            self._prices[bundle.key] = pricing.price_for(bundle, self.customer.account)
        return self._prices[bundle.key]

    @property
    def present(self) -> Price | None:
        """The price line of the plan that is held."""
        return self.price(self.plan) if self.plan is not None else None

    def is_priced(self, bundle: Bundle) -> bool:
        """Whether the bundle has a line for this account, or no line with an amount at all."""
        return pricing.is_contact_only(bundle) or self.price(bundle) is not None

    def holds(self, key: str) -> bool:
        """Whether a bundle is the plan, one of the extras held, or part of one."""
        return any(key == b.key or key in b.contains for b in (*self.held, self.plan) if b)

    def is_removed(self, key: str) -> bool:
        """Whether this bundle or feature was taken away from the account."""
        return key in gate.open_rights(self.customer.account.removals, self.now)

    def can_reach(self, plan: Bundle) -> bool:
        """Whether this plan is sold to who holds the present one: by its own row, else any later one."""
        if self.plan is None:
            return True
        if plan.key == self.plan.key or self.is_removed(plan.key):
            return False
        if plan.can_move_from:
            return self.plan.key in plan.can_move_from
        return plan.position > self.plan.position

    def can_add(self, extra: Bundle, plan: Bundle | None) -> bool:
        """Whether this extra is sold on a plan, beside what is held."""
        if extra.available_on and (plan is None or plan.key not in extra.available_on):
            return False
        if self.is_removed(extra.key):
            return False
        return not any(
            b.key in extra.not_together_with or extra.key in b.not_together_with
            for b in (*self.held, plan)
            if b
        )

    def lacks(self, extra: Bundle) -> tuple[str, ...]:
        """What this extra needs and the account does not hold."""
        return tuple(key for key in extra.needs if not self.holds(key))

    def is_smaller(self, plan: Bundle) -> bool:
        """Whether this plan stands below the present one, in the order in which customers grow into plans."""
        if self.plan is None or plan.sold_as is not SoldAs.PLAN or self.is_removed(plan.key):
            return False
        return plan.position < self.plan.position and self.plan.key not in plan.can_move_from

    def parts_held(self, bundle: Bundle) -> tuple[Bundle, ...]:
        """The parts of a bundle that the account has already, and would pay for twice."""
        return tuple(self.playbook.bundles[k] for k in bundle.contains if self.holds(k))

    def has_had(self, bundle: Bundle) -> bool:
        """Whether this bundle was granted or taken before, at whatever time."""
        if any(right.name == bundle.key for right in self.customer.account.grants):
            return True
        history = self.customer.history
        return any(p.kind == "acceptance" and p.offer == bundle.key for p in history)

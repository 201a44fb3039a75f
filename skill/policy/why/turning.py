"""Turning: what would have to be so of a customer that a rule holds, or does not; one fact at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal

from skill.model.common import plain_number, slug
from skill.model.playbook import SoldAs
from skill.model.rules import Compare, Rule, Truth
from skill.model.topic import Span
from skill.policy import rules
from skill.policy.signals.record import Record
from skill.policy.why import changes
from skill.policy.why.cases import Case, Option
from skill.policy.why.reaching import reaching

_ONE = Decimal(1)


class Turner:
    """Makes the changes that bring rules and moments to hold, for one case."""

    def __init__(
        self,
        case: Case,
        record: Record,
        standing: rules.Standing,
        nearest: Callable[[], Iterable[str]],
    ) -> None:
        self.case = case
        self.record = record
        self.standing = standing
        self.nearest = nearest
        """Keys of the signals that do not hold, the nearest to holding first."""

    def rule(self, rule: Rule, wanted: bool, span: Span) -> Iterator[Option]:
        """Changes that each bring a part of a rule to hold, or to hold no more; several may be needed together."""
        now, _ = rules.judge(rule, self.case.playbook, self.case.seen, self.case.now, self.standing)
        if now is (Truth.TRUE if wanted else Truth.FALSE):
            return
        if isinstance(rule, Compare):
            yield from self._compare(rule, wanted, span)
            return
        for part in rule.parts:
            yield from self.rule(part, wanted, span)

    def moment(self, key: str, span: Span) -> Iterator[Option]:
        """Changes that reach a moment of the journey: by what it counts, else by its own fact."""
        moment = self.case.playbook.moments.get(key)
        if moment is None:
            return
        own = self.record.known(key)
        if own is None and moment.count and moment.holds and moment.window:
            yield from reaching(
                moment.count, moment.holds, moment.window, self.case, self.record, span
            )
            return
        said = f"{moment.name} is reached"
        yield changes.fact_is(key, True, said, span)

    def signal(self, key: str, span: Span | None = None) -> Iterator[Option]:
        """Changes that bring a row of the thresholds to hold, with the audience that it asks for."""
        playbook = self.case.playbook
        for row in playbook.thresholds:
            if row.key != key:
                continue
            place = span or row.span
            for count in row.counts:
                yield from reaching(count, row.holds, row.window, self.case, self.record, place)
            if row.audience:
                yield from self.rule(playbook.audiences[row.audience].rule, True, place)

    def ready(self, most: int = 8) -> Iterator[Option]:
        """Changes that bring a ready row to hold, the nearest first."""
        ready = {r.key for r in self.case.playbook.thresholds if r.means == "ready"}
        for key in [key for key in self.nearest() if key in ready][:most]:
            yield from self.signal(key)

    def _compare(self, rule: Compare, wanted: bool, span: Span) -> Iterator[Option]:
        holds = wanted == (rule.op == "is")
        if rule.about == "audience":
            audience = self.case.playbook.audiences[rule.subject]
            yield from self.rule(audience.rule, holds, span)
        elif rule.about == "moment":
            if holds:
                yield from self.moment(rule.subject, span)
            else:
                moment = self.case.playbook.moments[rule.subject]
                yield changes.fact_is(rule.subject, False, f"{moment.name} is not reached", span)
        elif rule.about == "signal":
            if holds:
                yield from self.signal(rule.subject, span)
        elif rule.about == "use":
            if holds:
                said = f"{rule.subject} is used now"
                yield changes.happens(
                    "use", {"feature": rule.subject}, [(changes.JUST_NOW, 1)], said, span
                )
        else:
            yield from self._fact(rule, wanted, span)

    def _fact(self, rule: Compare, wanted: bool, span: Span) -> Iterator[Option]:
        same = wanted == (rule.op == "is")
        case, playbook = self.case, self.case.playbook
        if rule.subject == "upsell-readiness":
            if same == (rule.value == "ready"):
                yield from self.ready()
        elif rule.subject == "bundles":
            make = changes.bundle_is_held if same else changes.bundle_is_gone
            if str(rule.value) in playbook.bundles:
                yield make(case, str(rule.value), span)
        elif rule.op not in ("is", "is_not"):
            yield from self._amount(rule, wanted, span)
        else:
            for value in self._values(rule, same):
                yield self._is(rule.subject, value, span)

    def _amount(self, rule: Compare, wanted: bool, span: Span) -> Iterator[Option]:
        """The nearest figure on the wanted side."""
        if not isinstance(rule.value, Decimal):
            return
        bar = rule.value
        at = {
            ("at_least", True): bar,
            ("at_least", False): bar - _ONE,
            ("more_than", True): bar + _ONE,
            ("more_than", False): bar,
            ("at_most", True): bar,
            ("at_most", False): bar + _ONE,
            ("less_than", True): bar - _ONE,
            ("less_than", False): bar,
        }[rule.op, wanted]
        yield self._is(rule.subject, at, span)

    def _values(self, rule: Compare, same: bool) -> Iterator[str | Decimal]:
        """The value that is asked for; where it must not be that one, the others that Topics declare."""
        if same:
            written = self._written(rule.subject)
            yield next((w for w in written if slug(w) == rule.value), rule.value)
            return
        present = rules.known_value(rule.subject, self.case.playbook, self.case.seen, self.case.now)
        for value in self._written(rule.subject):
            if slug(value) != rule.value and slug(value) != slug(str(present or "")):
                yield value

    def _written(self, subject: str) -> tuple[str, ...]:
        """The values that Topics declare for a subject, as they are written."""
        playbook = self.case.playbook
        if subject == "plan":
            return tuple(b.key for b in playbook.bundles.values() if b.sold_as is SoldAs.PLAN)
        if subject == "role":
            return tuple(playbook.roles)
        if subject == "region":
            found = {r for b in playbook.bundles.values() for r in b.regions}
            found |= {p.region for b in playbook.bundles.values() for p in b.prices if p.region}
            return tuple(sorted(found))
        if subject == "currency":
            prices = (p for b in playbook.bundles.values() for p in b.prices)
            return tuple(dict.fromkeys(p.currency for p in prices if p.currency))
        trait = playbook.traits.get(subject)
        if trait is None:
            return ()
        return ("yes", "no") if trait.type.lower() == "yes or no" else trait.values

    def _is(self, subject: str, value: str | Decimal, span: Span) -> Option:
        case = self.case
        if subject == "plan":
            return changes.plan_is(case, slug(str(value)), span)
        if subject == "role":
            return changes.role_is(case, slug(str(value)), span)
        if subject == "region":
            return changes.account_is("region", str(value), case, span)
        if subject == "currency":
            return changes.account_is("currency", str(value).upper(), case, span)
        known = rules.known_value(subject, case.playbook, case.seen, case.now)
        was = (
            "not known"
            if known is None
            else known
            if isinstance(known, str)
            else plain_number(known)
        )
        return changes.trait_is(case, subject, value, was, span)

"""Held back: the play, the person's role, every restraint and the surface that keep an offer from being made now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta

from skill.model.account import Past
from skill.model.common import plain_number, slug
from skill.model.decision import Access, Suppression, Surface, Unlock
from skill.model.playbook import Restraint
from skill.model.rules import Compare, Rule, Truth
from skill.policy import journey, restraint, rules
from skill.policy.restraint import CLOSES, SOURCES
from skill.policy.why import changes
from skill.policy.why.cases import Option
from skill.policy.why.failed import Failed, failure
from skill.policy.why.reaching import used_up
from skill.policy.why.scene import Scene


def of_play(scene: Scene) -> Iterator[Failed]:
    """A play that holds offers back, or of which nobody can say whether it does."""
    route = scene.route
    if route.held_back is Truth.FALSE or route.by is None or route.by.applies_to is None:
        return
    play = route.by
    assert play.applies_to is not None
    if route.held_back is Truth.TRUE:
        value = f"the play `{play.name}` applies ({', '.join(_so(scene, play.applies_to))})"
    else:
        value = f"the play `{play.name}` may apply: not known is {', '.join(route.missing)}"
    yield failure(
        "play",
        "no play holds offers back",
        value,
        "a play that shows offers, or none",
        play.span,
        scene.turner.rule(play.applies_to, False, play.span),
        truth=Truth.FALSE if route.held_back is Truth.TRUE else Truth.UNKNOWN,
    )


def _so(scene: Scene, rule: Rule) -> Iterator[str]:
    """The parts of a rule that hold, with the values that they hold for."""
    if not isinstance(rule, Compare):
        for part in rule.parts:
            yield from _so(scene, part)
        return
    truth, _ = rules.judge(rule, scene.playbook, scene.customer, scene.case.now, scene.standing)
    if truth is not Truth.TRUE:
        return
    name = rule.subject.replace("-", " ")
    if rule.about != "fact" or rule.subject in ("upsell-readiness", "bundles"):
        yield f"{name} {rule.op.replace('_', ' ')} {rule.value}"
        return
    value = rules.known_value(rule.subject, scene.playbook, scene.customer, scene.case.now)
    shown = plain_number(value) if value is not None and not isinstance(value, str) else value
    yield f"{name} is {shown}"


def of_person(scene: Scene) -> Iterator[Failed]:
    """A role that is not told of offers, or that no Topic knows."""
    key, roles = scene.customer.person.role, scene.playbook.roles
    role = roles.get(slug(key)) if key else None
    if key is None or not roles or (role is not None and role.is_told):
        return
    told = [r for r in roles.values() if r.is_told]
    yield failure(
        "person",
        "this person is told of offers",
        f"role {role.name}, which is not told of offers" if role else f"role {key}, which no Topic knows",
        f"a role that is told of them: {', '.join(r.name for r in told)}",
        role.span if role else None,
        [changes.role_is(scene.case, r.key, r.span) for r in told],
        truth=Truth.FALSE if role else Truth.UNKNOWN,
    )  # fmt: skip


def of_restraint(scene: Scene, about: Access | None, way: Unlock) -> Iterator[Failed]:
    """Every situation of the restraint Topic that holds, with until when, and what would end it."""
    own = restraint.of_offer(scene.asking, [s.bundle for s in way.steps])
    steps = tuple(s.bundle for s in way.steps)
    for held in (*_everywhere(scene), *([own] if own is not None else [])):
        row = next((r for r in scene.playbook.restraints if r.span == held.span), None)
        yield failure(
            "restraint",
            "nothing keeps offers back",
            held.because,
            f"its pause has passed ({row.pause})" if row else "that it is no longer so",
            held.span,
            _unique([*_ended(scene, held, row, steps), *_excepted(scene, row, about)]),
            until=held.until,
        )


def _everywhere(scene: Scene) -> list[Suppression]:
    """What holds whatever is offered; that a public directory shows no offers is told apart."""
    told = list(scene.decision.suppressions)
    return told[1:] if scene.case.surface is Surface.PUBLIC_DIRECTORY else told


def of_surface(scene: Scene) -> Iterator[Failed]:
    """Where anybody may read along nothing is offered."""
    if scene.case.surface is Surface.PUBLIC_DIRECTORY:
        yield failure(
            "surface",
            "shown to this person alone",
            "a public directory",
            "in the product, or to a support colleague",
            None,
            [changes.in_the_product()],
        )


def _unique(options: Iterable[Option]) -> list[Option]:
    return list({o.change.said: o for o in options}.values())


def _ended(
    scene: Scene, held: Suppression, row: Restraint | None, steps: tuple[str, ...]
) -> Iterator[Option]:
    """What would end a situation: time where it has an end, else that it is over."""
    span, case = held.span, scene.case
    if held.until is not None:
        yield changes.time_passes(held.until, span)
    elif row is None or row.kind == "opted_out":
        yield from _without_a_row(scene, held, steps)
    elif row.kind in ("open_ticket", "unresolved_bug", "incident"):
        yield from _over(scene, row)
    elif row.kind == "moment_not_reached":
        yield from scene.turner.moment(row.subject, row.span)
    elif row.kind == "audience":
        audience = scene.playbook.audiences[row.subject]
        yield from scene.turner.rule(audience.rule, False, row.span)
    elif row.kind == "unpaid_invoice":
        yield changes.fact_is("unpaid_invoice", False, "the invoice is paid", span)
    elif row.kind == "checkout_open":
        yield from _checkout(scene, row)
    elif row.kind == "customer_said" and any(p.kind == "never" for p in case.seen.history):
        yield changes.never_is_taken_back((), "offers", span)
    if row is not None and row.until_ready:
        yield from scene.turner.ready()


def _without_a_row(scene: Scene, held: Suppression, steps: tuple[str, ...]) -> Iterator[Option]:
    customer = scene.customer
    for source, name in SOURCES.items():
        if source in customer.unavailable and held.because == f"the {name} could not be read":
            yield changes.source_is_read(source, name)
            return
    if any(p.kind == "never" and p.offer in steps for p in customer.history) and not held.span:
        yield changes.never_is_taken_back(steps, scene.names(steps), held.span)
    if customer.person.opted_out and "opted out" in held.because.lower():
        yield changes.opt_out_is_taken_back(held.span)
    outside = scene.route.outside
    if outside is not None and outside.journey is not None and held.span == outside.span:
        yield from scene.turner.moment(
            journey.key_of(outside.journey, scene.playbook), outside.span
        )


def _over(scene: Scene, row: Restraint) -> Iterator[Option]:
    """The ticket is closed or the incident over, and then its pause passes too."""
    case, now = scene.case, scene.case.now
    if row.kind == "incident":
        under_way = [
            i
            for i in scene.customer.incidents
            if i.started_at <= now and (i.ended_at is None or i.ended_at > now)
        ]
        yield changes.incident_ends(case, under_way, row.span)
    else:
        bugs_only = row.kind == "unresolved_bug"
        still_open = [
            t
            for t in scene.customer.tickets
            if t.opened_at <= now
            and (t.closed_at is None or t.closed_at > now)
            and (not bugs_only or t.category == "bug")
        ]
        yield changes.ticket_closes(case, still_open, row.span)
    if row.pause_hours:
        yield changes.time_passes(now + timedelta(hours=float(row.pause_hours)), row.span)


def _checkout(scene: Scene, row: Restraint) -> Iterator[Option]:
    """The purchase under way is finished or given up."""
    told = any(slug(f.name) == "checkout-open" for f in scene.customer.facts)
    if told:
        yield changes.fact_is("checkout_open", False, "the checkout is closed", row.span)
    for opened in scene.customer.history:
        if opened.kind == "checkout_open" and opened.at <= scene.case.now:
            what = scene.name(opened.offer) if opened.offer else "an offer"
            ends = any(
                p.kind in ("acceptance", *CLOSES) and p.at > opened.at and p.offer == opened.offer
                for p in scene.customer.history
            )
            past = Past(kind="dismissal", offer=opened.offer, at=scene.case.now)
            if not ends:
                yield changes.comes_to_pass(past, f"the checkout for {what} is closed", row.span)


def _excepted(scene: Scene, row: Restraint | None, about: Access | None) -> Iterator[Option]:
    """What lifts the pause: a limit of what was asked is reached, or the account is ready."""
    if row is None:
        return
    if row.unless == "ready":
        yield from scene.turner.ready()
    if row.unless == "limit_reached" and about is not None:
        for meter in scene.playbook.features[about.feature].meters:
            found = used_up(meter, scene.record, row.span)
            if found is not None:
                yield found

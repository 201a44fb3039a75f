"""Shadow mode told: the decision as it would have been, to the last field, and whom it would have reached."""

from __future__ import annotations

from hypothesis import given

from skill.model.account import Customer
from skill.model.decision import Decision, Meaning
from skill.model.playbook import Playbook
from skill.policy import leaves
from skill.policy.reaching import UNASKED, Fired, reach
from skill.policy.shadow import is_in_shadow, revealed, would_of
from tests.policy.restraint_cases import customer as customer_of
from tests.policy.test_restraint_laws import ASKED, FEW, PLAYBOOK, SOMEBODY, decided, people

SOMEONE = customer_of({"says": "x", "usage": {}, "person": {"id": "u_1"}})
READY = customer_of({"says": "x", "person": {"id": "u_1", "role": "admin"}})


def untraced(made: Decision) -> Decision:
    return made.model_copy(update={"trace": ()})


@FEW
@given(SOMEBODY)
def test_what_shadow_hides_can_be_told_to_the_last_field(
    somebody: tuple[Customer, Meaning],
) -> None:
    usual, shadow = decided(*somebody), decided(*somebody, shadow=True)
    assert is_in_shadow(shadow)
    assert not is_in_shadow(usual)
    assert untraced(revealed(shadow)) == untraced(usual)
    assert revealed(usual) is usual


@FEW
@given(people({"usage": {}}))
def test_alone_kept_back_is_exactly_what_would_have_been_made(who: Customer) -> None:
    """Where everything is stopped, what the stop alone keeps back is what is made or kept back alone without it."""
    usual, stopped = decided(who, ASKED), decided(who, ASKED, stops=frozenset({"*"}))
    made = {one.bundle for one in usual.offers} | {w.offer for w in usual.withheld if w.alone}
    assert {w.offer for w in stopped.withheld if w.alone} == made


def test_a_question_would_have_shown_its_offers_in_the_answer() -> None:
    shadow = decided(SOMEONE, ASKED, shadow=True)
    how = {"question": "Can I export?", "decision_id": "dec_1"}
    assert leaves.of_question(PLAYBOOK, SOMEONE, shadow, **how) == leaves.Leaves()
    left = leaves.of_question(PLAYBOOK, SOMEONE, revealed(shadow), **how)
    told = [(w.channel, w.offer, w.person, w.signal) for w in would_of(left)]
    assert told == [("answer", one.bundle, "u_1", "") for one in shadow.shadow]
    assert told


def _reached(playbook: Playbook, *, shadow: bool) -> tuple[object, ...]:
    decision = decided(READY, UNASKED, shadow=shadow)
    signals = tuple(
        leaves.Signalled(s.key, decision.now, s.figures, str(s.span)) for s in decision.signals
    )
    found = reach(
        playbook,
        Fired(READY, decision, signals),
        [READY],
        nobody="",
        owner_instead=False,
        stops=frozenset(),
        new_id=lambda: "dec_1",
        shadow=shadow,
    )
    return found.made


def test_a_signal_reaches_the_same_person_in_shadow_and_leaves_nothing() -> None:
    (usual,), (shadow,) = _reached(PLAYBOOK, shadow=False), _reached(PLAYBOOK, shadow=True)
    assert usual.leaves.effects  # type: ignore[attr-defined]
    assert usual.would == ()  # type: ignore[attr-defined]
    assert shadow.leaves == leaves.Leaves()  # type: ignore[attr-defined]
    assert shadow.would == would_of(usual.leaves)  # type: ignore[attr-defined]

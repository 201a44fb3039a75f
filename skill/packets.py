"""The roof: a recorded decision as a packet to pass on, made from the very Topics it was decided with, and proven."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

from skill.agent.packet import packet_of
from skill.agent.packet_proof import demand_packet
from skill.compiler.folder import Compiler
from skill.errors import NotFound
from skill.store.topics import files_of

if TYPE_CHECKING:
    from skill.model.account import Customer
    from skill.model.answer import Answer
    from skill.model.decision import Decision
    from skill.model.packet import Packet, Reader
    from skill.model.playbook import Playbook
    from skill.model.preview import Billed
    from skill.store.engine import Store
    from skill.store.ledger import Recorded


def packet_of_recorded(
    store: Store, kept: Recorded, playbook: Playbook, reader: Reader, *, today: date
) -> Packet:
    """One recorded decision for one reader; `playbook` is the present one, tried before older ones are read.

    Raises:
        NotFound: it offered nothing, or the Topics that it was made with are no longer kept.
        GroundingError: it could not be proven; nothing of it may leave.
    """
    if kept.decision.offers and playbook.version != kept.decision.topics_version:
        playbook = _then(store, kept, today)
    return proven_packet(
        playbook,
        kept.customer,
        kept.decision,
        kept.answer,
        reader,
        allow_unreviewed=kept.allow_unreviewed,
        billed=kept.billed,
    )


def proven_packet(
    playbook: Playbook,
    customer: Customer,
    decision: Decision,
    answer: Answer,
    reader: Reader,
    *,
    allow_unreviewed: bool = False,
    billed: Mapping[str, Billed] | None = None,
) -> Packet:
    """A decision as a packet, every piece of it proven again before it leaves.

    `billed` is what the billing provider said when it was decided: nobody asks it again.

    Raises:
        NotFound: it offered nothing.
        GroundingError: it could not be proven.
    """
    made = packet_of(
        playbook, customer, decision, answer, reader, allow_unreviewed=allow_unreviewed
    )
    made = _with_billed(made, billed or {})
    demand_packet(playbook, made)
    return made


def _with_billed(packet: Packet, billed: Mapping[str, Billed]) -> Packet:
    """The packet with the provider's own figures beside the cost of each offer that it spoke of."""
    offers = [
        offer.model_copy(
            update={"cost": offer.cost.model_copy(update={"billed": billed.get(offer.id)})}
        )
        for offer in packet.offers
    ]
    return packet.model_copy(update={"offers": tuple(offers)})


def _then(store: Store, kept: Recorded, today: date) -> Playbook:
    """The Topics of the decision, from the store."""
    files = files_of(store, kept.tenant, kept.decision.topics_version)
    if not files:
        raise NotFound("the Topics that this decision was made with are no longer kept")
    return Compiler().compile_sources(files, today).playbook

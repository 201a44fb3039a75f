"""`tactful packet`: one decision as a document to pass on, for the person, their admin or their finance lead."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from skill.cli.desk import Desk, moment
from skill.cli.events import Tenant
from skill.cli.exits import exits
from skill.errors import InputError, NotFound

if TYPE_CHECKING:
    from datetime import datetime

    from skill.model.packet import Packet, Reader


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command()(packet)


def packet(
    subject: Annotated[
        str,
        typer.Argument(metavar="DECISION_ID|QUESTION", help="A recorded decision, or a question."),
    ],
    person: Annotated[
        str | None, typer.Option("--as", metavar="PERSON", help="With a question: who asks.")
    ] = None,
    account: Annotated[
        Path | None, typer.Option(metavar="FILE.json", help="With a question: a made-up account.")
    ] = None,
    reader: Annotated[
        str, typer.Option("--for", metavar="READER", help="person, admin or finance.")
    ] = "person",
    form: Annotated[str, typer.Option("--format", help="md, html or txt.")] = "md",
    locale: Annotated[
        str | None, typer.Option(help="With a question: the language, such as de.")
    ] = None,
    at: Annotated[
        str | None, typer.Option("--now", metavar="TIME", help="With a question: when it is asked.")
    ] = None,
    topics: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder of Topics; else the one configured.")
    ] = None,
    tenant: Tenant = "default",
) -> None:
    """What an offer would change and cost, what was achieved so far, why it was shown, and where each line is from."""
    with exits(), ExitStack() as opened:
        from skill import clock
        from skill.agent.packet_forms import FORMS

        for_whom = _reader(reader)
        if form not in FORMS:
            known = ", ".join(FORMS)
            raise InputError(f"no format `{form}`", pointer="--format", help=f"known: {known}")
        if person is None and account is None:
            for option, given in (("--now", at), ("--locale", locale)):
                if given is not None:
                    raise InputError(
                        f"{option} goes with a question",
                        pointer=option,
                        help="a recorded decision has its own; say --as PERSON to ask",
                    )
            desk = Desk(opened, tenant, topics, None, clock.now())
            made = _recorded(subject, for_whom, desk)
        else:
            now = moment(at)
            made = _asked(subject, person, account, for_whom, locale, topics, now, clock.now())
        typer.echo(FORMS[form](made), nl=False)


def _reader(name: str) -> Reader:
    from skill.model.packet import READERS

    for known in READERS:
        if name == known:
            return known
    raise InputError(f"no reader `{name}`", pointer="--for", help=f"known: {', '.join(READERS)}")


def _recorded(decision_id: str, reader: Reader, desk: Desk) -> Packet:
    """The packet of a decision in the store."""
    from skill.packets import packet_of_recorded
    from skill.store.ledger import find

    kept = find(desk.store, desk.tenant, decision_id)
    if kept is None:
        raise NotFound(
            f"there is no decision `{decision_id[:80]}`",
            help="name one that was recorded, or ask: tactful packet --as PERSON QUESTION",
        )
    return packet_of_recorded(desk.store, kept, desk.playbook, reader, today=desk.now.date())


def _asked(
    question: str,
    person: str | None,
    account: Path | None,
    reader: Reader,
    locale: str | None,
    topics: Path | None,
    at: datetime | None,
    now: datetime,
) -> Packet:
    """The packet of a question asked now; nothing is recorded."""
    from skill.ask import as_known, ask
    from skill.cli.people import who_asks
    from skill.cli.workspace import open_for_command
    from skill.model.decision import Surface
    from skill.packets import proven_packet

    workspace = open_for_command(topics)
    customer = who_asks(person, account, now=at or now, playbook=workspace.playbook)
    customer = as_known(customer, Surface.IN_PRODUCT, locale)
    asked = ask(workspace, question, customer, now=at or customer.now or now)
    return proven_packet(workspace.playbook, customer, asked.decision, asked.answer, reader)

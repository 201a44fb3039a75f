"""`tactful ask` and `tactful access`: one question, a batch of them, or the gate alone."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from skill.cli.exits import FINDINGS, exits, note
from skill.cli.people import EACH
from skill.errors import InputError

if TYPE_CHECKING:
    from skill.ask import Asked, Workspace
    from skill.model.answer import Sentence
    from skill.sources.billing import BillingPreview

Topics = Annotated[
    Path | None, typer.Option(help="Folder of Topics; the sample company where none is named.")
]
As = Annotated[
    str | None,
    typer.Option(
        "--as", metavar="PERSON", help="Who asks: a person, an audience, or each-audience."
    ),
]
AccountFile = Annotated[
    Path | None, typer.Option("--account", metavar="FILE.json", help="A made-up account.")
]
Unreviewed = Annotated[bool, typer.Option(help="Show generated wording that nobody has reviewed.")]
SurfaceName = Annotated[
    str, typer.Option("--surface", help="in_product, support_copilot or public_directory.")
]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(ask)
    app.command()(access)


def ask(
    question: Annotated[str | None, typer.Argument(help="What the person asks.")] = None,
    person: As = None,
    account: AccountFile = None,
    topics: Topics = None,
    as_json: Annotated[bool, typer.Option("--json", help="The whole answer as JSON.")] = False,
    why: Annotated[bool, typer.Option(help="Also print how it was decided.")] = False,
    why_not: Annotated[
        bool, typer.Option("--why-not", help="Also print why nothing else was offered.")
    ] = False,
    surface: SurfaceName = "in_product",
    max_offers: Annotated[int, typer.Option(min=0, max=5, help="At most so many offers.")] = 2,
    batch: Annotated[
        Path | None, typer.Option(metavar="CASES.jsonl", help="One case a line.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Where a batch writes its answers.")] = None,
    allow_unreviewed: Unreviewed = False,
    locale: Annotated[
        str | None,
        typer.Option(help="Language to answer in, such as de-AT; else the person's own."),
    ] = None,
    stream: Annotated[
        bool, typer.Option("--stream", help="Print each sentence as soon as it is proven.")
    ] = False,
    model: Annotated[
        bool, typer.Option(help="Let the configured model word the answer, where there is one.")
    ] = True,
) -> None:
    """Answer a question as a person, with offers only where the Topics allow them. Nothing is recorded."""
    with exits():
        from skill.cli.workspace import open_for_command

        if batch is not None:
            from skill.cli.batch import run_batch

            workspace = open_for_command(topics)
            if not run_batch(workspace, batch, out, allow_unreviewed=allow_unreviewed):
                raise typer.Exit(FINDINGS)
            return
        if question is None:
            raise InputError("nothing asked: give a question, or --batch CASES.jsonl")
        workspace = open_for_command(topics)
        bodies = []
        for name, heading in _askers(workspace, person):
            if heading and not as_json:
                typer.echo(heading)
            heard = _print_sentence if stream and not as_json else None
            asked = _ask_one(
                workspace, question, name, account, surface, max_offers, allow_unreviewed, locale,
                heard, model,
            )  # fmt: skip
            bodies.append({"audience": name, "answer": asked.answer.body()})
            if as_json:
                continue
            _print_answer(asked, text=not stream)
            if why:
                _print_trace(asked)
            if why_not:
                _print_why_not(workspace, asked, name, account, max_offers)
        if as_json:
            said = bodies[0]["answer"] if person != EACH else bodies
            typer.echo(json.dumps(said, indent=2, ensure_ascii=False))


def _askers(workspace: Workspace, person: str | None) -> list[tuple[str | None, str]]:
    """Who asks, and the line above each answer: one person, or somebody of each audience."""
    if person != EACH:
        return [(person, "")]
    audiences = workspace.playbook.audiences.values()
    if not audiences:
        raise InputError(
            "these Topics declare no audience",
            pointer="--as",
            help="add a table `## Audiences` to a Topic of the kind `account`, or name a person",
        )
    return [(a.key, f"\n== {a.name} ==") for a in audiences]


def _ask_one(
    workspace: Workspace,
    question: str,
    person: str | None,
    account: Path | None,
    surface: str,
    max_offers: int,
    allow_unreviewed: bool,
    locale: str | None,
    heard: Callable[[Sentence], None] | None,
    model: bool,
) -> Asked:
    from skill import clock
    from skill.cli.people import who_asks
    from skill.cli.worded import worded
    from skill.converse import Asking

    now = clock.now()
    customer = who_asks(person, account, now=now, playbook=workspace.playbook)
    place = _surface(surface)
    asking = Asking(
        question,
        customer,
        customer.now or now,
        surface=place,
        max_offers=max_offers,
        support=place.value == "support_copilot",
        allow_unreviewed=allow_unreviewed,
        locale=locale,
        billing=_billing(customer.tenant),
    )
    asked = worded(workspace, asking, heard=heard, model=model).asked
    for warning in asked.decision.warnings:
        note(f"warning: {warning}")
    for key, reason in asked.unpriced.items():
        note(f"warning: no price of {key}: {reason}")
    return asked


def _billing(tenant: str) -> BillingPreview | None:
    """The configured billing provider; its rooms are loaded only where one is named."""
    if not os.environ.get("TACTFUL_BILLING", "").strip():
        return None
    from skill.sources.billing_configured import Billing

    return Billing.from_env().preview_for(tenant)


def _surface(name: str) -> Any:
    from skill.model.decision import Surface

    if name not in set(Surface):
        known = ", ".join(Surface)
        raise InputError(f"no surface `{name}`", pointer="--surface", help=f"known: {known}")
    return Surface(name)


def _print_sentence(sentence: Sentence) -> None:
    """One proven sentence, at once."""
    typer.echo(f"{sentence.text}\n")
    sys.stdout.flush()


def _print_answer(asked: Asked, *, text: bool) -> None:
    """The answer for a person to read; its sources in one line each."""
    answer = asked.answer
    if not answer.triggered:
        note("(not about the product's features: the host's assistant goes on alone)")
        return
    if text:
        typer.echo(answer.answer.text)
    for offer in answer.recommended_offers:
        price = offer.price.text if offer.price else "price on request"
        where = f"  {offer.action.href}" if offer.action.href else ""
        typer.echo(f"\n  [{offer.kind}] {offer.name}: {price}")
        typer.echo(f"  {offer.action.label}{where}")
    if answer.handoff:
        typer.echo(f"\n  handed on to {answer.handoff['name']}")
    note("")
    for quote in answer.quotes:
        first, last = quote.lines
        note(f"  {quote.id}  {quote.topic}.md:{first}-{last}  {quote.heading} / {quote.label}")
    for fact in answer.facts:
        note(f"  {fact.id}  {fact.name} = {fact.value}  ({fact.source})")


def _print_trace(asked: Asked) -> None:
    note("\nhow it was decided")
    for step in asked.decision.trace:
        where = f"  [{', '.join(step.where)}]" if step.where else ""
        note(f"  {step.verdict:<10} {step.said}{where}")
    if asked.decision.missing:
        note(f"  not known  {', '.join(asked.decision.missing)}")


def _print_why_not(
    workspace: Workspace, asked: Asked, person: str | None, account: Path | None, max_offers: int
) -> None:
    from skill.cli.decisions_text import why_not_lines
    from skill.cli.people import who_asks
    from skill.hindsight import explained

    made = asked.decision
    customer = who_asks(person, account, now=made.now, playbook=workspace.playbook)
    report = explained(
        workspace.playbook,
        customer,
        made.meaning,
        surface=made.surface,
        now=made.now,
        max_offers=max_offers,
    )
    note("\nwhy nothing else was offered")
    for line in why_not_lines(report):
        note(line)


def access(
    feature: Annotated[str, typer.Argument(help="A feature, by name or key.")],
    person: As = None,
    account: AccountFile = None,
    topics: Topics = None,
    surface: SurfaceName = "in_product",
) -> None:
    """The gate alone: whether this person's account has a feature, by which right, and what would unlock it."""
    with exits():
        from skill import clock
        from skill.ask import check_access
        from skill.cli.people import who_asks
        from skill.cli.workspace import open_for_command

        now: datetime = clock.now()
        workspace = open_for_command(topics)
        customer = who_asks(person, account, now=now, playbook=workspace.playbook)
        place = _surface(surface)
        body = check_access(
            workspace,
            feature,
            customer,
            now=customer.now or now,
            surface=place,
            support=place.value == "support_copilot",
        )
        typer.echo(json.dumps(body, indent=2, ensure_ascii=False))

"""`tactful tasks`: what account owners have to do: listed, shown as Markdown, a page or a call, and closed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from skill.cli.desk import moment, plain
from skill.cli.events import Tenant
from skill.cli.exits import exits, note
from skill.cli.publishing import By, by_whom, opened_store
from skill.errors import InputError, NotFound

if TYPE_CHECKING:
    from skill.model.task import OwnerTask
    from skill.store.engine import Store
    from skill.store.tasks import Act, Outcome, StoredTask, What

tasks_app = typer.Typer(
    help="What account owners have to do: a person helps instead of a prompt.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
TaskId = Annotated[str, typer.Argument(metavar="ID", help="As `tactful tasks list` shows it.")]


class Which(StrEnum):
    """Which tasks are listed."""

    OPEN = "open"
    DUE = "due"
    SNOOZED = "snoozed"
    DONE = "done"
    NOT_USEFUL = "not_useful"


def register(app: typer.Typer) -> None:
    """Add these commands."""
    tasks_app.command("list")(list_tasks)
    tasks_app.command("show")(show)
    tasks_app.command("try")(try_task)
    tasks_app.command("done")(done)
    tasks_app.command("snooze")(snooze)
    tasks_app.command("not-useful")(not_useful)
    app.add_typer(tasks_app, name="tasks")


def list_tasks(
    state: Annotated[Which, typer.Option(help="Which ones.")] = Which.OPEN,
    owner: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Only those of this owner.")
    ] = None,
    account: Annotated[
        str | None, typer.Option(metavar="ID", help="Only those of this account.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    tenant: Tenant = "default",
) -> None:
    """Each task on a line, those due first."""
    with exits(), opened_store() as (_, store):
        from skill.delivery.task_shown import brief
        from skill.store.stops import stopped

        held = stopped(store, tenant)
        found = (
            brief(one.task, one.state, held)
            for one in _all(store, tenant, state, owner=owner, account=account)
        )
        if as_json:
            items = [one.model_dump(mode="json") for one in found]
            typer.echo(json.dumps({"items": items}, indent=2, ensure_ascii=False))
            return
        n = 0
        for n, one in enumerate(found, 1):  # noqa: B007 - told below
            whose = one.owner or "nobody"
            typer.echo(
                plain(f"{one.id}  due {one.due_at[:16]}Z  {whose}  {one.account}: {one.title}")
            )
        if not n:
            note(f"no tasks are {state.value.replace('_', ' ')}")


def show(
    task_id: TaskId,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write it as a page of its own.")
    ] = None,
    ics: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a call about it, for a calendar.")
    ] = None,
    start: Annotated[str | None, typer.Option(metavar="TIME", help="When the call begins.")] = None,
    invite: Annotated[
        list[str] | None, typer.Option(metavar="ADDRESS", help="Somebody at the account.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    tenant: Tenant = "default",
) -> None:
    """One task: figures, chart, what is for the owner alone, and the note to pass on."""
    with exits(), opened_store() as (_, store):
        from skill import clock
        from skill.delivery.task_page import as_html
        from skill.delivery.task_text import as_markdown

        if (start or invite) and ics is None:
            raise InputError("--start and --invite go with --ics", pointer="--ics")
        kept = _kept(store, tenant, task_id)
        if html is not None:
            _write(html, as_html(kept.task, state=kept.state).encode(), "--html")
        if ics is not None:
            body = _call(kept.task, moment(start, "--start"), tuple(invite or ()), clock.now())
            _write(ics, body, "--ics")
        if as_json:
            typer.echo(json.dumps(kept.model_dump(mode="json"), indent=2, ensure_ascii=False))
        elif html is None and ics is None:
            typer.echo(as_markdown(kept.task), nl=False)


def try_task(
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="What is asked.")],
    person: Annotated[
        str | None, typer.Option("--as", metavar="PERSON", help="Who asks, of the sample company.")
    ] = None,
    account: Annotated[
        Path | None, typer.Option(metavar="FILE.json", help="A made-up account.")
    ] = None,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write it as a page of its own.")
    ] = None,
    at: Annotated[
        str | None, typer.Option("--now", metavar="TIME", help="When it is asked.")
    ] = None,
    topics: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder of Topics; else the one configured.")
    ] = None,
) -> None:
    """The task that a question would bring; nothing is recorded."""
    with exits():
        from skill import clock
        from skill.delivery.task_page import as_html
        from skill.delivery.task_text import as_markdown

        made = _tried(question, person, account, topics, moment(at), clock.now())
        if html is not None:
            _write(html, as_html(made).encode(), "--html")
        else:
            typer.echo(as_markdown(made), nl=False)


def _tried(
    question: str,
    person: str | None,
    account: Path | None,
    topics: Path | None,
    at: datetime | None,
    now: datetime,
) -> OwnerTask:
    from skill.agent.owner_task import compose_task
    from skill.ask import ask
    from skill.cli.people import who_asks
    from skill.cli.workspace import open_for_command
    from skill.model.delivery import Effect, effect_id

    workspace = open_for_command(topics)
    playbook = workspace.playbook
    customer = who_asks(person, account, now=at or now, playbook=playbook)
    then = at or customer.now or now
    decision = ask(workspace, question, customer, now=then).decision
    play = next((p for p in playbook.plays if p.key == decision.play), None)
    if play is None or play.channel != "owner_task":
        said = f"the play `{play.name}` answers in the product" if play else "no play fits them"
        raise NotFound(f"this makes no task: {said}", help="ask as somebody whom a person helps")
    who, whose, tenant = customer.person.id, customer.account.id, customer.tenant
    effect = Effect(
        id=effect_id(
            tenant, whose, who, f"{play.key}/question", playbook.version, then.isoformat()
        ),
        tenant=tenant,
        account=whose,
        person=who,
        channel="owner_task",
        play=play.key,
        rule="question",
        created_at=then,
        due_at=then,
        body={"cause": "question", "asked": question},
    )
    return compose_task(playbook, customer, decision, effect, then)


def done(
    task_id: TaskId,
    by: By = None,
    tenant: Tenant = "default",
    call: Annotated[
        bool, typer.Option(help="A call was arranged: other systems are told.")
    ] = False,
) -> None:
    """It was dealt with; a further cause makes a new task."""
    _act(task_id, "done", by, tenant, outcome="call_scheduled" if call else "")


def snooze(
    task_id: TaskId,
    until: Annotated[str, typer.Argument(metavar="DAY|TIME", help="When it comes back.")],
    by: By = None,
    tenant: Tenant = "default",
) -> None:
    """It comes back then; further causes join it meanwhile."""
    _act(task_id, "snoozed", by, tenant, until=until)


def not_useful(
    task_id: TaskId,
    reason: Annotated[str, typer.Argument(metavar="REASON", help="Why, in a sentence.")],
    by: By = None,
    tenant: Tenant = "default",
) -> None:
    """It was of no use, and why: counted for its play."""
    if not reason.strip():
        raise typer.BadParameter("say why", param_hint="REASON")
    _act(task_id, "not_useful", by, tenant, reason=reason.strip()[:500])


def _act(
    task_id: str,
    what: What,
    by: str | None,
    tenant: str,
    *,
    until: str = "",
    reason: str = "",
    outcome: Outcome = "",
) -> None:
    with exits(), opened_store() as (_, store):
        from skill import clock
        from skill.store.tasks import Act, act

        kept, now = _kept(store, tenant, task_id), clock.now()
        back = _until(until, kept.task, now) if until else None
        made: Act = Act(
            what=what, at=now, by=by_whom(by), until=back, reason=reason, outcome=outcome
        )
        after = act(store, tenant, kept.task.id, made)
        if after is None:
            raise NotFound(f"there is no task `{plain(task_id)}`")
        said = f"snoozed until {back:%Y-%m-%d %H:%M} UTC" if back else what.replace("_", " ")
        note(f"{plain(after.task.account)}: {plain(after.task.title)}: {said}")


def _until(text: str, task: OwnerTask, now: datetime) -> datetime:
    from skill.policy.due import back_at

    try:
        until = date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text)
    except ValueError:
        raise InputError(
            f"`{plain(text)}` is no day or time", pointer="UNTIL", help="as 2026-12-01"
        ) from None
    return back_at(until, now, task.time_zone)


def _call(task: OwnerTask, start: datetime | None, invite: tuple[str, ...], now: datetime) -> bytes:
    from skill.delivery.calendar import call_at
    from skill.delivery.calendar import ics as written

    return written(task, starts_at=start or call_at(task, now), invite=invite)


def _kept(store: Store, tenant: str, task_id: str) -> StoredTask:
    """The task as it may be shown: stopped offers are in none."""
    from skill.delivery.task_shown import shown
    from skill.store.stops import stopped
    from skill.store.tasks import find

    kept = find(store, tenant, task_id)
    if kept is None:
        raise NotFound(f"there is no task `{plain(task_id)}`", help="see `tactful tasks list`")
    return kept.model_copy(update={"task": shown(kept.task, stopped(store, tenant))})


def _all(
    store: Store, tenant: str, state: Which, *, owner: str | None, account: str | None
) -> Iterator[StoredTask]:
    from skill import clock
    from skill.store.tasks import page

    cursor: str | None = None
    now = clock.now()
    while True:
        found = page(
            store,
            tenant,
            now,
            which=state.value,
            owner=owner,
            account=account,
            cursor=cursor,
            n=200,
        )
        yield from found.items
        cursor = found.next_cursor
        if cursor is None:
            return


def _write(path: Path, body: bytes, option: str) -> None:
    try:
        path.write_bytes(body)
    except OSError as error:
        raise InputError(
            f"`{plain(str(path))}` cannot be written: {error.strerror}", pointer=option
        ) from error
    note(f"written: {plain(str(path))}")

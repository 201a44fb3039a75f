"""`tactful report restraint` and `tactful report shadow`: what was kept back and why, and what would have been shown."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from skill.cli.exits import exits, note
from skill.errors import InputError, SkillError

if TYPE_CHECKING:
    from pydantic import BaseModel

    from skill.model.playbook import Playbook
    from skill.store.engine import Store

report_app = typer.Typer(
    help="What restraint did, and what would have been shown.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Since = Annotated[
    str,
    typer.Option(
        metavar="TIME", help="From when: 30d, 12h, or a time such as 2026-11-01T00:00:00Z."
    ),
]
Until = Annotated[
    str | None, typer.Option(metavar="TIME", help="Until when; the present moment if left out.")
]
AsCsv = Annotated[bool, typer.Option("--csv", help="One table, for a spreadsheet.")]
AsJson = Annotated[bool, typer.Option("--json", help="Everything, for programs.")]
Tenant = Annotated[str, typer.Option(metavar="NAME", help="Whose decisions.")]

_AGO = re.compile(r"(\d{1,4})([dh])")


class Span(NamedTuple):
    """What a report is about."""

    store: Store
    playbook: Playbook | None
    since: datetime
    until: datetime


def register(app: typer.Typer) -> None:
    """Add this group to the command line."""
    report_app.command("restraint")(restraint)
    report_app.command("shadow")(shadow)
    app.add_typer(report_app, name="report")


def restraint(
    since: Since = "30d",
    until: Until = None,
    as_csv: AsCsv = False,
    as_json: AsJson = False,
    tenant: Tenant = "default",
) -> None:
    """What was offered, what was kept back and by which line, and how much anybody was shown."""
    with exits(), _of(since, until, tenant) as span:
        from skill import reports
        from skill.delivery.report_rows import restraint_csv
        from skill.delivery.report_text import restraint_text

        made = reports.restraint(
            span.store, tenant, span.playbook, since=span.since, until=span.until
        )
        _tell(made, restraint_text, restraint_csv, as_csv=as_csv, as_json=as_json)


def shadow(
    since: Since = "30d",
    until: Until = None,
    as_csv: AsCsv = False,
    as_json: AsJson = False,
    tenant: Tenant = "default",
) -> None:
    """What would have been shown while shadow mode showed nothing, in which words and to how many."""
    with exits(), _of(since, until, tenant) as span:
        from skill import reports
        from skill.delivery.report_rows import shadow_csv
        from skill.delivery.report_text import shadow_text

        made = reports.shadow(span.store, tenant, span.playbook, since=span.since, until=span.until)
        _tell(made, shadow_text, shadow_csv, as_csv=as_csv, as_json=as_json)


def _tell(
    report: BaseModel,
    as_text: Callable[[Any], str],
    as_table: Callable[[Any], str],
    *,
    as_csv: bool,
    as_json: bool,
) -> None:
    if as_csv and as_json:
        raise InputError("give --csv or --json, not both", pointer="--csv")
    if as_json:
        typer.echo(report.model_dump_json(indent=2))
    else:
        typer.echo(as_table(report) if as_csv else as_text(report), nl=False)


@contextmanager
def _of(since: str, until: str | None, tenant: str) -> Iterator[Span]:
    from skill import clock
    from skill.cli.desk import Desk, moment

    with ExitStack() as opened:
        end = moment(until, "--until") or clock.now()
        if not 2000 <= end.year <= 9998:
            raise InputError("--until is in no year of ours", pointer="--until")
        start = _start(since, end)
        desk = Desk(opened, tenant, None, end, end)
        yield Span(desk.store, _playbook(desk), start, end)


def _playbook(desk: Any) -> Playbook | None:
    """The Topics that are served: they say what each line means. A report is made without them too."""
    try:
        found: Playbook = desk.playbook
    except SkillError:
        note("the Topics cannot be read: the report names their lines and not what they say")
        return None
    return found


def _start(since: str, end: datetime) -> datetime:
    """So long before the end, or the moment that is named.

    Raises:
        InputError: it is neither, or lies behind the end.
    """
    from skill.cli.desk import moment

    ago = _AGO.fullmatch(since)
    if ago is not None:
        n = int(ago[1])
        return end - (timedelta(days=n) if ago[2] == "d" else timedelta(hours=n))
    try:
        start = moment(since, "--since")
    except InputError as error:
        raise InputError(
            f"`{since[:80]}` is neither a number of days or hours nor a time with its zone",
            pointer="--since",
            help="write 30d, 12h, or 2026-11-01T00:00:00Z",
        ) from error
    if start is None or start >= end:
        raise InputError("--since is not before --until", pointer="--since")
    return start

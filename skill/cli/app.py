"""All command groups in one Typer app; heavy libraries load when a command runs, never for `--help`."""

from __future__ import annotations

import typer

from skill.cli import (
    ask,
    decisions,
    deliver,
    events,
    models,
    packet,
    readiness,
    reporting,
    serve,
    stopping,
    sweeping,
    tasks,
    topics,
    usage,
    verify,
)

app = typer.Typer(
    name="tactful",
    help="Upgrade guidance that answers first, proves every word, and knows when not to offer.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
ask.register(app)
topics.register(app)
verify.register(app)
serve.register(app)
models.register(app)
events.register(app)
usage.register(app)
readiness.register(app)
packet.register(app)
sweeping.register(app)
deliver.register(app)
decisions.register(app)
stopping.register(app)
tasks.register(app)
reporting.register(app)

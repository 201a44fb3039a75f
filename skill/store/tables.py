"""The tables. A `tenant` stands in each of them and in every key; bodies are canonical JSON."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    Column,
    Dialect,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.types import TypeDecorator

metadata = MetaData()


class Moment(TypeDecorator[datetime]):
    """An aware UTC time as fixed-width text: sorts by time and means the same in both databases."""

    impl = String(27)
    cache_ok = True

    # Both signatures are SQLAlchemy's.
    def process_bind_param(
        self,
        value: datetime | None,
        dialect: Dialect,  # noqa: ARG002
    ) -> str | None:
        """`2026-11-20T09:00:00.000000Z`."""
        if value is None:
            return None
        return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")

    def process_result_value(
        self,
        value: str | None,
        dialect: Dialect,  # noqa: ARG002
    ) -> datetime | None:
        """The same moment, aware, in UTC."""
        return datetime.fromisoformat(value) if value is not None else None


def _id(name: str) -> Column[str]:
    return Column(name, String(400), nullable=False)


def _body(name: str = "body") -> Column[str]:
    return Column(name, Text(), nullable=False)


accounts = Table(
    "accounts",
    metadata,
    _id("tenant"),
    _id("id"),
    _body(),
    Column("updated_at", Moment(), nullable=False),
    PrimaryKeyConstraint("tenant", "id"),
)

people = Table(
    "people",
    metadata,
    _id("tenant"),
    _id("account"),
    _id("id"),
    _body(),
    Column("updated_at", Moment(), nullable=False),
    PrimaryKeyConstraint("tenant", "account", "id"),
)

facts = Table(
    "facts",
    metadata,
    _id("tenant"),
    _id("account"),
    _id("name"),
    Column("as_of", Moment(), nullable=False),
    _body(),
    PrimaryKeyConstraint("tenant", "account", "name"),
)

tickets = Table(
    "tickets",
    metadata,
    _id("tenant"),
    _id("account"),
    _id("id"),
    _body(),
    PrimaryKeyConstraint("tenant", "account", "id"),
)

incidents = Table(
    "incidents",
    metadata,
    _id("tenant"),
    _id("account"),
    _id("id"),
    _body(),
    PrimaryKeyConstraint("tenant", "account", "id"),
)

history = Table(
    "history",
    metadata,
    _id("tenant"),
    _id("account"),
    # An earlier offer's entry has no id of its own: its text is its identity.
    Column("digest", String(64), nullable=False),
    Column("at", Moment(), nullable=False),
    _body(),
    PrimaryKeyConstraint("tenant", "account", "digest"),
)

readings = Table(
    "readings",
    metadata,
    _id("tenant"),
    _id("id"),
    _id("account"),
    Column("at", Moment(), nullable=False),
    _body(),
    # Who reported it, where ids are per source; the id here then begins with it.
    Column("source", String(400), nullable=False, server_default=""),
    PrimaryKeyConstraint("tenant", "id"),
    Index("readings_by_account", "tenant", "account", "at"),
)

events = Table(
    "events",
    metadata,
    _id("tenant"),
    _id("id"),
    _id("account"),
    # Empty where the product does not say who it was.
    _id("person"),
    Column("at", Moment(), nullable=False),
    _body(),
    # Who reported it, where ids are per source; the id here then begins with it.
    Column("source", String(400), nullable=False, server_default=""),
    PrimaryKeyConstraint("tenant", "id"),
    Index("events_by_account", "tenant", "account", "at"),
)

decisions = Table(
    "decisions",
    metadata,
    _id("tenant"),
    _id("id"),
    Column("at", Moment(), nullable=False),
    _id("account"),
    _id("person"),
    Column("scope", String(20), nullable=False),
    Column("surface", String(40), nullable=False),
    Column("topics_version", String(100), nullable=False),
    _body("question"),
    _body("inputs"),
    _body("decision"),
    _body("answer"),
    # The caller's Idempotency-Key: the same key of the same caller is the same decision.
    Column("request_key", String(400), nullable=True),
    # How many effects were written with it, or follow one that was: what the outbox is held against.
    Column("n_effects", Integer(), nullable=False, server_default="0"),
    PrimaryKeyConstraint("tenant", "id"),
    Index("decisions_by_time", "tenant", "at", "id"),
    Index("decisions_by_account", "tenant", "account", "at"),
    Index(
        "decisions_by_request_key",
        "tenant",
        "scope",
        "account",
        "person",
        "request_key",
        unique=True,
    ),
)

topic_texts = Table(
    "topic_texts",
    metadata,
    _id("tenant"),
    # A text is kept once under its own digest, in however many versions it stands.
    Column("digest", String(100), nullable=False),
    _body("text"),
    PrimaryKeyConstraint("tenant", "digest"),
)

topic_files = Table(
    "topic_files",
    metadata,
    _id("tenant"),
    Column("version", String(100), nullable=False),
    _id("name"),
    Column("digest", String(100), nullable=False),
    PrimaryKeyConstraint("tenant", "version", "name"),
)

topic_acts = Table(
    "topic_acts",
    metadata,
    _id("tenant"),
    Column("sequence", Integer(), nullable=False, autoincrement=False),
    Column("act", String(20), nullable=False),
    Column("version", String(100), nullable=False),
    # What was current before; nothing at the first.
    Column("previous", String(100), nullable=True),
    Column("at", Moment(), nullable=False),
    _id("by"),
    _body("note"),
    # The caller's Idempotency-Key: the same key of the same person is the same act.
    Column("request_key", String(400), nullable=True),
    PrimaryKeyConstraint("tenant", "sequence"),
    Index("topic_acts_by_request_key", "tenant", "by", "request_key", unique=True),
)

topic_current = Table(
    "topic_current",
    metadata,
    _id("tenant"),
    Column("version", String(100), nullable=False),
    # Of the act that made it current.
    Column("sequence", Integer(), nullable=False),
    PrimaryKeyConstraint("tenant"),
)

topic_folders = Table(
    "topic_folders",
    metadata,
    # Always empty: a folder that a server serves belongs to the server, and no tenant has this name.
    _id("tenant"),
    # Digest of where the folder is, as a path may be longer than a key.
    Column("folder", String(100), nullable=False),
    Column("version", String(100), nullable=False),
    Column("at", Moment(), nullable=False),
    # The last text of the folder that could be served.
    _body("files"),
    PrimaryKeyConstraint("tenant", "folder"),
)

gaps = Table(
    "gaps",
    metadata,
    _id("tenant"),
    # Made of the tenant and the question's form: whoever counts it, it is the same row.
    Column("id", String(40), nullable=False),
    # Redacted; empty once it is too old to be kept, where only the refusal is remembered.
    _body("question"),
    # What is proposed as an "Also called"; empty where a person must say it.
    _body("words"),
    Column("outcome", String(20), nullable=False),
    # What was shown the last time: keys and names of features.
    _body("candidates"),
    Column("topics_version", String(100), nullable=False),
    Column("n_asked", Integer(), nullable=False),
    Column("first_at", Moment(), nullable=False),
    Column("last_at", Moment(), nullable=False),
    Column("state", String(20), nullable=False),
    # What was approved, by whom and when; or who refused it.
    Column("feature", String(400), nullable=True),
    Column("settled_by", String(400), nullable=True),
    Column("settled_at", Moment(), nullable=True),
    PrimaryKeyConstraint("tenant", "id"),
    Index("gaps_by_count", "tenant", "state", "n_asked", "id"),
    Index("gaps_by_age", "last_at"),
)

gap_picks = Table(
    "gap_picks",
    metadata,
    _id("tenant"),
    Column("gap", String(40), nullable=False),
    # Key of the feature that a person picked when asked back.
    _id("feature"),
    Column("n_picked", Integer(), nullable=False),
    Column("first_at", Moment(), nullable=False),
    Column("last_at", Moment(), nullable=False),
    Column("state", String(20), nullable=False),
    PrimaryKeyConstraint("tenant", "gap", "feature"),
)

ingest_counts = Table(
    "ingest_counts",
    metadata,
    _id("tenant"),
    # Of receipt, in UTC: `2026-11-21`.
    Column("day", String(10), nullable=False),
    # `received`, `accepted`, `duplicate`, or the reason of a refusal.
    Column("outcome", String(40), nullable=False),
    Column("n", BigInteger(), nullable=False),
    PrimaryKeyConstraint("tenant", "day", "outcome"),
)

spans = Table(
    "spans",
    metadata,
    _id("tenant"),
    _id("account"),
    # `ticket`, `incident`, `invoice`, `checkout`; empty in the row that is locked for the account.
    Column("kind", String(20), nullable=False),
    _id("id"),
    Column("first_at", Moment(), nullable=True),
    Column("began_at", Moment(), nullable=True),
    Column("ended_at", Moment(), nullable=True),
    _body(),
    PrimaryKeyConstraint("tenant", "account", "kind", "id"),
)

signal_states = Table(
    "signal_states",
    metadata,
    _id("tenant"),
    _id("account"),
    # Key of a row of the thresholds that holds; one that does not has no line here.
    _id("signal"),
    # Where its usage was: two places may say different things, and each is compared with itself.
    _id("source"),
    # The highest that stands crossed, as text; empty for a row that crosses none.
    Column("milestone", String(60), nullable=False),
    # When it came to hold, and when that was looked at last.
    Column("since", Moment(), nullable=False),
    Column("judged_at", Moment(), nullable=False),
    PrimaryKeyConstraint("tenant", "account", "signal", "source"),
    Index("signal_states_by_judgement", "tenant", "source", "judged_at", "account"),
)

signals_fired = Table(
    "signals_fired",
    metadata,
    _id("tenant"),
    _id("account"),
    _id("signal"),
    _id("source"),
    Column("at", Moment(), nullable=False),
    _id("offer"),
    # The signal with its figures, and what was decided about its offer.
    _body(),
    PrimaryKeyConstraint("tenant", "account", "signal", "source", "at"),
    Index("signals_fired_by_time", "tenant", "source", "at", "account"),
)

sweeps = Table(
    "sweeps",
    metadata,
    _id("tenant"),
    # In UTC: `2026-11-21`. One sweep a day, a source and a version of the Topics.
    Column("day", String(10), nullable=False),
    _id("source"),
    Column("version", String(100), nullable=False),
    # The moment that it judges by, however often it is broken off and goes on.
    Column("at", Moment(), nullable=False),
    # The last account whose effects are kept; empty at the start.
    _id("position"),
    Column("finished_at", Moment(), nullable=True),
    # What was found so far.
    _body(),
    PrimaryKeyConstraint("tenant", "day", "source", "version"),
)

moves = Table(
    "moves",
    metadata,
    _id("tenant"),
    # Where somebody is now: what is kept of `source` counts here too.
    _id("target"),
    # Empty where the whole account was merged.
    _id("person"),
    _id("source"),
    Column("at", Moment(), nullable=False),
    PrimaryKeyConstraint("tenant", "target", "person", "source"),
)

verified = Table(
    "verified",
    metadata,
    _id("tenant"),
    _id("source"),
    # Who the source calls it: an account, or a customer's id over there.
    _id("subject"),
    # When the source said it, by its own clock where it has one; nothing as long as it said nothing whole.
    Column("as_of", Moment(), nullable=True),
    # Since when something else is known to be true over there, which nobody has read yet.
    Column("due_at", Moment(), nullable=True),
    _body(),
    PrimaryKeyConstraint("tenant", "source", "subject"),
)

showings = Table(
    "showings",
    metadata,
    _id("tenant"),
    _id("account"),
    # The nth of this account: of two claims made on one view of it, one finds its number taken and decides again.
    Column("n", Integer(), nullable=False),
    _id("effect"),
    _id("person"),
    _id("offer"),
    _id("family"),
    Column("channel", String(20), nullable=False),
    _id("play"),
    Column("at", Moment(), nullable=False),
    # `reserved`, `spent`, `returned`, and since when.
    Column("state", String(10), nullable=False),
    Column("state_at", Moment(), nullable=False),
    # The question or signal that caused it.
    _body(),
    PrimaryKeyConstraint("tenant", "account", "n"),
    UniqueConstraint("tenant", "effect", name="one_showing_an_effect"),
    Index("showings_by_time", "tenant", "at"),
)

effects = Table(
    "effects",
    metadata,
    _id("tenant"),
    _id("id"),
    _id("account"),
    _id("person"),
    Column("channel", String(20), nullable=False),
    _id("offer"),
    _id("decision"),
    Column("created_at", Moment(), nullable=False),
    Column("due_at", Moment(), nullable=False),
    # `pending`, `started`, `delivered`, `suppressed`, `failed`, since when, and why.
    Column("state", String(12), nullable=False),
    Column("state_at", Moment(), nullable=False),
    _body("reason"),
    _body(),
    PrimaryKeyConstraint("tenant", "id"),
    Index("effects_by_state", "state", "due_at"),
    Index("effects_by_account", "tenant", "account", "created_at"),
)

stops = Table(
    "stops",
    metadata,
    _id("tenant"),
    # Key of a bundle; empty stops all offers.
    _id("offer"),
    Column("since", Moment(), nullable=False),
    _body(),
    PrimaryKeyConstraint("tenant", "offer"),
)

notifications = Table(
    "notifications",
    metadata,
    _id("tenant"),
    # That of the effect.
    _id("id"),
    _id("account"),
    _id("person"),
    _id("offer"),
    Column("at", Moment(), nullable=False),
    # `unread`, `read`, `archived`, `withdrawn`, and when that or a snooze last changed.
    Column("state", String(10), nullable=False),
    Column("changed_at", Moment(), nullable=False),
    Column("snoozed_until", Moment(), nullable=True),
    # When it was first displayed, and closed by the person.
    Column("shown_at", Moment(), nullable=True),
    Column("closed_at", Moment(), nullable=True),
    # A purchase of the offer at this moment or later is the answer to it.
    Column("bought_from", Moment(), nullable=False),
    _body(),
    PrimaryKeyConstraint("tenant", "id"),
    Index("notifications_by_person", "tenant", "account", "person", "at"),
    Index("notifications_by_change", "changed_at"),
    Index("notifications_by_waking", "snoozed_until"),
)

notification_acts = Table(
    "notification_acts",
    metadata,
    _id("tenant"),
    _id("notification"),
    # The nth of this notification.
    Column("n", Integer(), nullable=False),
    _id("account"),
    _id("person"),
    Column("act", String(12), nullable=False),
    Column("at", Moment(), nullable=False),
    # When the person took it back.
    Column("undone_at", Moment(), nullable=True),
    # The caller's Idempotency-Key: the same key of the same person is the same act.
    Column("request_key", String(400), nullable=True),
    # What was said with it, how the notification was before, and which entry of the history it made.
    _body(),
    PrimaryKeyConstraint("tenant", "notification", "n"),
    Index(
        "notification_acts_by_request_key",
        "tenant",
        "account",
        "person",
        "request_key",
        unique=True,
    ),
)

preferences = Table(
    "preferences",
    metadata,
    _id("tenant"),
    _id("account"),
    _id("person"),
    Column("changed_at", Moment(), nullable=False),
    _body(),
    PrimaryKeyConstraint("tenant", "account", "person"),
)

tasks = Table(
    "tasks",
    metadata,
    _id("tenant"),
    # That of the effect.
    _id("id"),
    _id("account"),
    _id("play"),
    # The account and play while it is open, so that there is one; nothing once it is done.
    Column("open_key", String(810), nullable=True),
    # `open`, `snoozed`, `done`, `not_useful`, and since when.
    Column("state", String(12), nullable=False),
    Column("state_at", Moment(), nullable=False),
    Column("created_at", Moment(), nullable=False),
    Column("due_at", Moment(), nullable=False),
    # Nothing unless it is snoozed.
    Column("snoozed_until", Moment(), nullable=True),
    # Address of the account's owner, or their name; empty where nobody was named.
    _id("owner"),
    # The task with its causes, and what was done with it.
    _body(),
    PrimaryKeyConstraint("tenant", "id"),
    UniqueConstraint("tenant", "open_key", name="one_open_task"),
    Index("tasks_by_due", "tenant", "state", "due_at"),
    Index("tasks_by_account", "tenant", "account", "play"),
)

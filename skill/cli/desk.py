"""What a command about accounts works with: the Topics that count, the moment, the store, and the customer that is meant."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from skill.cli.exits import note
from skill.errors import InputError, NotFound, NotPublished, TopicError, UnknownPerson

if TYPE_CHECKING:
    from skill.delivery.task_shown import TaskBrief
    from skill.model.account import Customer
    from skill.model.playbook import Playbook
    from skill.settings import Settings
    from skill.sources.configured import Sources
    from skill.store.engine import Store


def moment(text: str | None, option: str = "--now") -> datetime | None:
    """The moment that an option names; None where it is left out.

    Raises:
        InputError: it is no time with its zone.
    """
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise InputError(
            f"`{text}` is not a time with its zone",
            pointer=option,
            help="write it as 2026-11-21T09:00:00Z",
        )
    return at


class Desk:
    """What the command works with: the Topics that count, and the store, opened once and only where it is needed."""

    def __init__(
        self,
        opened: ExitStack,
        tenant: str,
        topics: Path | None,
        at: datetime | None,
        now: datetime,
    ) -> None:
        self.tenant = tenant
        self.at = at
        """The moment that was asked for, which goes before an account file's own."""
        self.now = at or now
        self._opened = opened
        self._topics = topics
        self._both: tuple[Settings, Store] | None = None
        self._sources: Sources | None = None
        self._playbook: Playbook | None = None

    @property
    def store(self) -> Store:
        """The same database as the server's."""
        if self._both is None:
            from skill.cli.publishing import opened_store

            self._both = self._opened.enter_context(opened_store())
        return self._both[1]

    def made_up(self) -> Store:
        """A store of its own that holds the sample company, and is gone when the command ends."""
        import tempfile

        from skill.sample import sample_customers
        from skill.store.customers import put_customers
        from skill.store.engine import Store

        folder = self._opened.enter_context(tempfile.TemporaryDirectory(prefix="tactful-"))
        store = Store.open(f"sqlite:///{folder}/sample.db")
        self._opened.callback(store.close)
        put_customers(store, self.tenant, sample_customers(self.now), at=self.now)
        return store

    @property
    def sources(self) -> Sources:
        """Who else is asked about stored accounts, as the server does."""
        if self._sources is None:
            from skill.sources.configured import Sources

            self._sources = Sources.from_env()
            self._opened.callback(self._sources.close)
        return self._sources

    @property
    def playbook(self) -> Playbook:
        """The Topics that are named, or those that are served to this tenant.

        Raises:
            NotPublished: published Topics are served, and this tenant has published none.
            TopicError: they cannot be read, or have errors.
        """
        if self._playbook is None:
            self._playbook = self._compiled()
        return self._playbook

    def _compiled(self) -> Playbook:
        from skill.cli.workspace import topics_folder
        from skill.compiler.folder import Compiler
        from skill.settings import Settings

        today = self.now.date()
        if self._topics is None and Settings.from_env().published:
            from skill.publish import compiled_version
            from skill.store.topics import current

            found = current(self.store, self.tenant)
            if found is None:
                raise NotPublished(
                    f"the tenant `{self.tenant}` has published no Topics",
                    help="publish them with `tactful topics publish`, or name a folder: --topics DIR",
                )
            compiled = compiled_version(self.store, self.tenant, found.version, today)
        else:
            compiled = Compiler().compile_folder(topics_folder(self._topics), today)
        if not compiled.servable:
            raise TopicError("these Topics have errors", help="see `tactful topics check`")
        return compiled.playbook

    def customer(self, name: str) -> Customer:
        """The account that is meant: a file, one that was told to us, or a made-up one of the sample company.

        Raises:
            NotFound: nobody knows such an account.
            InputError: a file that cannot be used.
        """
        if name.endswith(".json") or ("/" in name and Path(name).is_file()):
            from skill.sources.request import read_customer

            return read_customer(Path(name), where=name)
        from skill.sources.account import account_of

        try:
            return account_of(
                self.store,
                tenant=self.tenant,
                account=name,
                now=self.now,
                sources=self.sources,
                playbook=self.playbook,
            )
        except NotFound:
            return self._made_up(name)

    def _made_up(self, name: str) -> Customer:
        from skill.cli.people import who_asks
        from skill.sample.accounts import STORIES

        person = next((next(iter(s.people)) for s in STORIES if s.id == name), name)
        try:
            customer = who_asks(person, None, now=self.now, playbook=self.playbook)
        except UnknownPerson as error:
            raise NotFound(
                f"nobody knows the account `{plain(name)}`",
                help="accounts are told by `PUT /v1/accounts/ID` or `tactful events load`; "
                "or name an account file, or one of the sample company such as `brightlane`",
            ) from error
        note(f"{plain(name)}: a made-up account")
        return customer

    def since(self, customer: Customer) -> dict[str, datetime]:
        """Since when each signal of a stored account holds, as the sweeps saw it."""
        if self._both is None:  # whose account is not from the store
            return {}
        from skill.store.sweeps import holding_since

        return holding_since(self.store, self.tenant, customer.account.id)

    def open_tasks(self, customer: Customer) -> tuple[TaskBrief, ...]:
        """What the owner of a stored account has to do about it, those due first."""
        if self._both is None:  # whose account is not from the store
            return ()
        from skill.delivery.task_shown import brief
        from skill.store.stops import stopped
        from skill.store.tasks import page

        held = stopped(self.store, self.tenant)
        found = page(self.store, self.tenant, self.now, account=customer.account.id, n=200)
        return tuple(brief(one.task, one.state, held) for one in found.items)

    def moment(self, customer: Customer) -> datetime:
        """When this account is told of: the moment asked for, the one of its file, or now."""
        return self.at or customer.now or self.now


def plain(name: str) -> str:
    """A name on one line, without what could move a terminal's cursor."""
    return "".join(c if c.isprintable() else " " for c in name)[:200]

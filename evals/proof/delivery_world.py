"""A company of one strict cap, and one decision of it as a server makes it: what the fault proofs of delivery race, kill and set back."""

from __future__ import annotations

import os
import re
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import create_engine, text

from skill.model.account import Account, Customer, Event, Fact, Person
from skill.model.decision import Decision, Meaning, Outcome, Surface
from skill.model.playbook import Playbook
from skill.policy import leaves
from skill.policy.decide import decide
from skill.policy.leaves import Leaves
from skill.store import claims, ledger, showings, stops
from skill.store.accounts import get_customer
from skill.store.claims import Again, Claimed, Lost
from skill.store.customers import put_customers
from skill.store.engine import Store
from skill.store.ledger import Recorded, new_decision_id

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
"""A Wednesday."""
CAP = 3
TENANT = "default"
PERSON = "u_1"
MOST_TRIES = 100
"""After so many it is answered without offers, as a server does sooner: a crowd of 64 needs fewer."""
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
POSTGRES = os.environ.get("TACTFUL_TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/test")
ASKED = Meaning(outcome=Outcome.FEATURE, features=("salesforce-export", "audit-log"))
"""Two offers where both may be made: a cap of three then leaves room for one of the second two."""

_HELD_OUT = re.compile(r"^holdout: .*\n", re.MULTILINE)
"""Who is held out is offered nothing, so no cap can be seen to hold for them."""

Claiming = Callable[..., Claimed | Lost | Again]

_RESTRAINT = f"""---
kind: restraint
owner: care@fernway.example
---
# When we stay quiet

| Situation | Pause offers for | Unless |
|---|---|---|
| {CAP} offers in 30 days per account | 7 days | |
"""


def playbook(folder: Path) -> Playbook:
    """The sample company's Topics with one cap instead of all their restraint: no question lifts it."""
    # Only whoever starts a proof compiles: its processes are given the result.
    from skill.compiler.folder import Compiler, read_folder, refuse_errors

    sources = {**read_folder(folder), "restraint.md": _RESTRAINT}
    plays = "expansion-playbooks.md"
    sources[plays] = _HELD_OUT.sub("", sources[plays])
    compiled = Compiler().compile_sources(sources, date(2026, 11, 18))
    refuse_errors(compiled, str(folder))
    return compiled.playbook


def customer(account: str, tenant: str = TENANT) -> Customer:
    """Somebody who asks for what their plan has not, in an account that nothing but the cap restrains."""
    facts = {"successful_runs": 40, "stable_weeks_since_upgrade": 9}
    return Customer(
        tenant=tenant,
        account=Account(
            id=account,
            plan="starter",
            region="EU",
            currency="EUR",
            traits={"segment": "smb", "touch": "low"},
            admins=("Ada",),
        ),
        person=Person(id=PERSON, role="admin"),
        facts=tuple(Fact(name=name, value=value, as_of=NOON) for name, value in facts.items()),
        events=tuple(
            Event(id=f"{account}-{n}", name="api_call_blocked", at=NOON) for n in range(2)
        ),
    )


def fill(store: Store, accounts: Iterable[str], tenant: str = TENANT) -> None:
    """Report these accounts."""
    put_customers(store, tenant, (customer(one, tenant) for one in accounts), at=NOON)


class Kept(NamedTuple):
    """What one question came to."""

    decision: str
    n_shown: int
    n_tries: int


def asked(
    store: Store,
    book: Playbook,
    account: str,
    *,
    tenant: str = TENANT,
    now: datetime = NOON,
    claim: Claiming = claims.claim,
    max_offers: int = 2,
    reads: Callable[[datetime], bool] | None = None,
) -> Kept:
    """One question from its customer to its kept decision, decided again as long as somebody else was quicker.

    `reads` is a fault: it says which showings the reader of the customer believes in.
    """
    tries = 0
    while True:
        tries += 1
        max_offers = max_offers if tries <= MOST_TRIES else 0
        known = get_customer(store, tenant, account, PERSON, since=LONG_AGO)
        if reads is not None:
            believed = tuple(one for one in known.customer.history if reads(one.at))
            forgetful = known.customer.model_copy(update={"history": believed})
            known = known.model_copy(update={"customer": forgetful})
        stopped = stops.stopped(store, tenant)
        decision = decide(
            book,
            known.customer,
            ASKED,
            surface=Surface.IN_PRODUCT,
            now=now,
            max_offers=max_offers,
            stops=stopped,
        )
        entry = entry_of(known.customer, decision)
        left = leaves.of_question(
            book, known.customer, decision, question=entry.question, decision_id=entry.id
        )
        outcome = claim(
            store, entry, showings=left.showings, effects=left.effects, seen=known.n_showings
        )
        if isinstance(outcome, Claimed):
            return Kept(entry.id, len(left.showings), tries)
        if isinstance(outcome, Lost) and outcome.why == claims.BEHIND:
            max_offers = 0


def entry_of(known: Customer, decision: Decision) -> Recorded:
    """The decision as it is recorded; nobody composes words in these proofs."""
    entry = ledger.unasked(known, decision, new_decision_id(decision.now))
    return entry.model_copy(update={"scope": "end_user", "question": "Can I export to Salesforce?"})


def naive_claim(
    store: Store, entry: Recorded, *, seen: int, **left: object
) -> Claimed | Lost | Again:
    """Read, then write: it asks how many there are before it inserts, and never whether somebody else did meanwhile."""
    del seen
    made = Leaves(**left)  # type: ignore[arg-type]
    with store.reading() as connection:
        n = showings.seen(connection, entry.tenant, entry.customer.account.id)
    outcome = claims.claim(store, entry, showings=made.showings, effects=made.effects, seen=n)
    # Somebody was between the two statements: it does not decide again, it only takes the next number.
    return outcome if not isinstance(outcome, Lost) else naive_claim(store, entry, seen=n, **left)


@contextmanager
def database(kind: str, folder: Path) -> Iterator[str]:
    """The address of an empty database of this kind, gone afterwards."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / f'{uuid.uuid4().hex}.db'}"
        return
    schema = f"tactful_{uuid.uuid4().hex}"
    address = POSTGRES.replace("postgresql://", "postgresql+psycopg://", 1)
    engine = create_engine(address, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.execute(text(f'CREATE SCHEMA "{schema}"'))
        mark = "&" if "?" in POSTGRES else "?"
        yield f"{POSTGRES}{mark}options=-csearch_path%3D{schema}"
        with engine.connect() as connection:
            connection.execute(text(f'DROP SCHEMA "{schema}" CASCADE'))
    finally:
        engine.dispose()

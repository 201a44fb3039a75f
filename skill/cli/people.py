"""Who asks on the command line: a person of an account file, of the sample company, or of the store."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from skill.errors import InputError, UnknownPerson

if TYPE_CHECKING:
    from skill.model.account import Customer
    from skill.model.playbook import Playbook

EACH = "each-audience"
"""`--as each-audience`: the question is answered once for somebody of each audience."""


def who_asks(
    person: str | None, account: Path | None, *, now: datetime, playbook: Playbook | None = None
) -> Customer:
    """The customer that a question is asked for: a person, or somebody made up who belongs to an audience.

    Raises:
        InputError: neither a person nor an account file, or a file that cannot be used.
        UnknownPerson: nobody is known by that name; the help names who is.
    """
    if account is not None:
        from skill.sources.request import read_customer

        customer = read_customer(account, where=str(account))
        if person is not None and person not in _names(customer):
            raise UnknownPerson(
                f"nobody called `{person}` in {account}",
                pointer="--as",
                help=f"the person of that file is `{customer.person.id}`",
            )
        return customer
    if person is None:
        raise InputError(
            "who asks? say --as PERSON, or --account FILE.json",
            pointer="--as",
            help="people of the sample company: --as ada, --as ben, --as cleo; "
            f"or an audience of the Topics, or --as {EACH}",
        )
    from skill.model.common import slug
    from skill.sample import find_person

    if playbook is not None and slug(person) in playbook.audiences:
        from skill.sources.made_up import of_audience

        return of_audience(playbook, slug(person), now)

    return find_person(person, now)


def _names(customer: Customer) -> set[str]:
    person = customer.person
    return {person.id, person.name, person.email} - {""}

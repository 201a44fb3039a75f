"""Tables that follow from a Playbook alone: made once, in its order, and never told of another Playbook."""

from __future__ import annotations

from skill.policy.tables import of_playbook, tables_of
from tests.policy.offer_cases import company

BOOK = company({}).playbook


def test_a_table_is_made_once_for_each_playbook() -> None:
    made: list[str] = []
    count = of_playbook(lambda playbook: made.append(playbook.version))
    count(BOOK)
    count(BOOK)
    assert made == [BOOK.version]


def test_two_playbooks_of_one_version_share_no_table() -> None:
    fewer = BOOK.model_copy(update={"bundles": {}})
    assert fewer.version == BOOK.version
    assert tables_of(BOOK).plans
    assert tables_of(fewer).plans == ()


def test_what_is_looked_up_is_what_a_search_finds() -> None:
    tables, bundles = tables_of(BOOK), BOOK.bundles.values()
    for key in BOOK.features:
        assert tables.holding.get(key, ()) == tuple(b for b in bundles if key in b.unlocks)
    for meter in BOOK.meters:
        found = tuple(b for b in bundles if any(r.meter == meter for r in b.limits))
        assert tables.raising.get(meter, ()) == found
        first = next((f.key for f in BOOK.features.values() if meter in f.meters), None)
        assert tables.metered.get(meter) == first

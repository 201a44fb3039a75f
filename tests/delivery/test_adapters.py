"""The CRM and the analytics: the shapes that they document, found by domain, once however often it is sent."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from skill.delivery.attio import Attio
from skill.delivery.outgoing import Answered, NotTaken, Outgoing
from skill.delivery.posthog import PostHog
from skill.model.announcement import Announcement
from skill.settings import Secret
from tests.delivery.receiver import Answer, Got, Receiver, receiving

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
TOLD = Announcement(
    name="upsell_closed",
    at=NOW,
    account="acc_4",
    person="u_7",
    domain="brightlane.example",
    expansion_signal_type="manual-export",
    upsell_offer_made="connect-pack",
    upsell_value=Decimal("49.00"),
    currency="EUR",
    outcome="accepted",
    time_to_close=Decimal("2.50"),
)
RECORD = "bf071e1f-6035-429d-b874-d83ea64ea13b"


@pytest.fixture
def outgoing() -> Iterator[Outgoing]:
    made = Outgoing(allowed=[ipaddress.ip_network("127.0.0.0/8")], seconds=2)
    yield made
    made.close()


class Workspace:
    """An Attio workspace as its documentation describes it: companies by domain, notes by company."""

    def __init__(self) -> None:
        self.companies: dict[str, dict[str, object]] = {}
        self.notes: list[dict[str, object]] = []
        self.fails_at = 0
        self.calls = 0

    def __call__(self, got: Got) -> Answer:
        self.calls += 1
        if self.calls == self.fails_at:
            return Answer(503)
        if got.headers.get("authorization") != "Bearer key_1":
            return Answer(401)
        if got.path == "/v2/objects/companies/records?matching_attribute=domains":
            values = json.loads(got.body)["data"]["values"]
            self.companies.setdefault(values["domains"][0], {}).update(values)
            return self._said({"id": {"record_id": RECORD}, "values": {}})
        if got.method == "GET":
            assert got.path.startswith(f"/v2/notes?parent_object=companies&parent_record_id={RECORD}")  # fmt: skip
            return self._said([{"content_plaintext": note["content"]} for note in self.notes])
        assert got.path == "/v2/notes"
        self.notes.append(json.loads(got.body)["data"])
        return self._said({"id": {"note_id": "n1"}})

    @staticmethod
    def _said(data: object) -> Answer:
        return Answer(200, json.dumps({"data": data}).encode())


@pytest.fixture
def workspace() -> Workspace:
    return Workspace()


@pytest.fixture
def attio_at(workspace: Workspace) -> Iterator[Receiver]:
    with receiving(workspace) as receiver:
        yield receiver


def test_a_company_is_found_by_its_domain_and_gets_the_fields_of_the_field(
    outgoing: Outgoing, workspace: Workspace, attio_at: Receiver
) -> None:
    sent = Attio(outgoing, Secret("key_1"), address=attio_at.url).send("eff_1", TOLD)
    assert isinstance(sent, Answered)
    assert workspace.companies == {
        "brightlane.example": {
            "domains": ["brightlane.example"],
            "expansion_signal_type": "manual-export",
            "upsell_offer_made": "connect-pack",
            "upsell_value": "49.00",
            "outcome": "accepted",
            "time_to_close": "2.50",
        }
    }
    assert "upsell_value: 49.00" in str(workspace.notes[0]["content"])


def test_sent_again_it_writes_no_second_note(
    outgoing: Outgoing, workspace: Workspace, attio_at: Receiver
) -> None:
    attio = Attio(outgoing, Secret("key_1"), address=attio_at.url)
    for _ in range(3):
        attio.send("eff_1", TOLD)
    assert len(workspace.notes) == 1


@pytest.mark.parametrize("call", [1, 2, 3])
def test_wherever_it_breaks_off_the_next_try_ends_it_once(
    outgoing: Outgoing, workspace: Workspace, attio_at: Receiver, call: int
) -> None:
    workspace.fails_at = call
    attio = Attio(outgoing, Secret("key_1"), address=attio_at.url)
    first = attio.send("eff_1", TOLD)
    assert isinstance(first, NotTaken)
    assert first.again
    assert isinstance(attio.send("eff_1", TOLD), Answered)
    assert len(workspace.notes) == 1


@pytest.mark.parametrize("domain", ["", "brightlane", "a b.example", "http://x.example/"])
def test_a_company_without_a_domain_of_its_own_is_not_guessed(
    outgoing: Outgoing, workspace: Workspace, attio_at: Receiver, domain: str
) -> None:
    told = TOLD.model_copy(update={"domain": domain})
    sent = Attio(outgoing, Secret("key_1"), address=attio_at.url).send("eff_1", told)
    assert isinstance(sent, NotTaken)
    assert "no trait `domain`" in sent.why
    assert workspace.calls == 0


def test_a_key_that_is_not_known_is_told_without_being_shown(
    outgoing: Outgoing, attio_at: Receiver
) -> None:
    sent = Attio(outgoing, Secret("key_2"), address=attio_at.url).send("eff_1", TOLD)
    assert isinstance(sent, NotTaken)
    assert "401" in sent.why
    assert "key_2" not in sent.why


def test_an_event_has_the_names_of_the_field_and_one_uuid_for_every_try(outgoing: Outgoing) -> None:
    with receiving() as receiver:
        posthog = PostHog(outgoing, Secret("phc_1"), address=receiver.url)
        for _ in range(2):
            assert isinstance(posthog.send("eff_1", TOLD), Answered)
        posthog.send("eff_2", TOLD)
    first, again, other = (json.loads(got.body)["batch"][0] for got in receiver.got)
    assert first == again
    assert first["uuid"] != other["uuid"]
    assert first["event"] == "upsell_closed"
    assert first["properties"]["expansion_signal_type"] == "manual-export"
    assert first["properties"]["time_to_close"] == "2.50"
    assert first["properties"]["$groups"] == {"account": "acc_4"}


def test_what_is_sent_has_the_shape_of_the_official_client(outgoing: Outgoing) -> None:
    posthog = pytest.importorskip("posthog")
    with receiving() as receiver:
        official = posthog.Posthog("phc_1", host=receiver.url, sync_mode=True, gzip=False)
        official.capture("upsell_closed", distinct_id="u_7", properties={"a": "b"}, timestamp=NOW, groups={"account": "acc_4"}, uuid="0f3c9f7e-58ab-5b0e-8c6c-111111111111")  # fmt: skip
        PostHog(outgoing, Secret("phc_1"), address=receiver.url).send("eff_1", TOLD)
    theirs, ours = (json.loads(got.body) for got in receiver.got)
    assert receiver.got[0].path == receiver.got[1].path
    assert {"api_key", "batch"} <= theirs.keys() & ours.keys()
    assert ours["batch"][0].keys() <= theirs["batch"][0].keys()
    assert "$groups" in theirs["batch"][0]["properties"]


def test_no_name_or_address_of_a_person_is_told() -> None:
    assert not {"email", "name", "phone"} & TOLD.told().keys()

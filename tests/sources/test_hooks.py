"""Messages of a help desk and of a status page, as they were recorded, and the entries they are worth."""

from __future__ import annotations

from typing import Any

import pytest

from skill.sources.hooks_helpdesk import of_helpdesk
from skill.sources.hooks_status import of_statuspage

TICKET: dict[str, Any] = {
    "account_id": 22129848,
    "detail": {
        "actor_id": "8447388090494",
        "assignee_id": "8447388090494",
        "brand_id": "8447346621310",
        "created_at": "2026-11-20T09:00:00Z",
        "custom_status": "8447320465790",
        "description": "The export stops after a minute.",
        "external_id": None,
        "form_id": "8646151517822",
        "group_id": "8447320466430",
        "id": "5158",
        "is_public": True,
        "organization_id": "8447346622462",
        "priority": "LOW",
        "requester_id": "8447388090494",
        "status": "OPEN",
        "subject": "Export stops",
        "submitter_id": "8447388090494",
        "tags": ["billing", "account:acc_1"],
        "type": "PROBLEM",
        "updated_at": "2026-11-20T09:00:00Z",
        "via": {"channel": "web_service"},
    },
    "event": {},
    "id": "cbe4028c-7239-495d-b020-f22348516046",
    "subject": "zen:ticket:5158",
    "time": "2026-11-20T09:00:01Z",
    "type": "zen:event-type:ticket.created",
    "zendesk_event_version": "2022-11-06",
}

INCIDENT: dict[str, Any] = {
    "meta": {"unsubscribe": "https://status.example/unsubscribe", "documentation": ""},
    "page": {"id": "j2mfxwj97wnj", "status_indicator": "major", "status_description": "Outage"},
    "incident": {
        "backfilled": False,
        "created_at": "2026-11-20T09:00:00Z",
        "impact": "critical",
        "impact_override": None,
        "monitoring_at": "2026-11-20T09:30:00Z",
        "resolved_at": "2026-11-20T10:00:00Z",
        "shortlink": "http://stspg.example/j2mfxwj9",
        "status": "resolved",
        "updated_at": "2026-11-20T10:00:00Z",
        "id": "lbkhbwn21v5q",
        "name": "Exports fail",
        "incident_updates": [{"body": "Fixed.", "status": "resolved", "id": "drfcwbnpxnr6"}],
        "components": [
            {"id": "c1", "name": "API", "status": "operational"},
            {"id": "c2", "name": "Exports", "status": "operational"},
        ],
    },
}


def ticket(kind: str = "created", **detail: Any) -> dict[str, Any]:
    return {
        **TICKET,
        "type": f"zen:event-type:ticket.{kind}",
        "detail": {**TICKET["detail"], **detail},
    }


def incident(**changed: Any) -> dict[str, Any]:
    return {**INCIDENT, "incident": {**INCIDENT["incident"], **changed}}


def test_a_new_ticket_is_opened_when_it_was_made_and_nothing_that_was_written_is_kept() -> None:
    assert of_helpdesk(TICKET) == (
        {
            "account": "acc_1",
            "name": "ticket.opened",
            "at": "2026-11-20T09:00:00Z",
            "properties": {"ticket": "5158", "category": "bug"},
        },
    )


@pytest.mark.parametrize(
    ("kind", "status", "name"),
    [
        ("status_changed", "SOLVED", "ticket.closed"),
        ("status_changed", "CLOSED", "ticket.closed"),
        ("status_changed", "PENDING", "ticket.opened"),
        ("status_changed", "OPEN", "ticket.opened"),
        ("created", "SOLVED", "ticket.closed"),
        ("soft_deleted", "OPEN", "ticket.closed"),
        ("permanently_deleted", "OPEN", "ticket.closed"),
        ("undeleted", "OPEN", "ticket.opened"),
    ],
)
def test_a_ticket_is_open_until_it_is_solved_or_gone(kind: str, status: str, name: str) -> None:
    (entry,) = of_helpdesk(ticket(kind, status=status))

    assert entry["name"] == name


@pytest.mark.parametrize("kind", ["comment_added", "tags_changed", "priority_changed"])
def test_what_does_not_say_whether_it_is_open_is_worth_nothing(kind: str) -> None:
    assert of_helpdesk(ticket(kind)) == ()


@pytest.mark.parametrize(
    ("detail", "account"),
    [
        ({"tags": ["account_acc_7"]}, "acc_7"),
        ({"tags": []}, "8447346622462"),
        ({"tags": None, "organization_id": 42}, "42"),
    ],
)
def test_the_account_is_a_tag_or_else_the_organization(
    detail: dict[str, Any], account: str
) -> None:
    assert of_helpdesk(ticket(**detail))[0]["account"] == account


def test_a_ticket_of_nobody_is_left_to_be_refused() -> None:
    assert "account" not in of_helpdesk(ticket(tags=[], organization_id=None))[0]


def test_an_incident_that_is_over_began_and_ended_for_everybody() -> None:
    properties = {"incident": "lbkhbwn21v5q", "touches": "API, Exports"}

    assert of_statuspage(INCIDENT) == [
        {
            "account": "*",
            "name": "incident.started",
            "at": "2026-11-20T09:00:00Z",
            "properties": properties,
        },
        {
            "account": "*",
            "name": "incident.ended",
            "at": "2026-11-20T10:00:00Z",
            "properties": properties,
        },
    ]


@pytest.mark.parametrize("status", ["investigating", "identified", "monitoring", "in_progress"])
def test_an_incident_that_goes_on_goes_on_as_of_its_newest_update(status: str) -> None:
    entries = of_statuspage(incident(status=status, resolved_at=None))

    assert [(one["name"], one["at"]) for one in entries] == [
        ("incident.started", "2026-11-20T09:00:00Z"),
        ("incident.started", "2026-11-20T10:00:00Z"),
    ]


@pytest.mark.parametrize(
    "message", [{}, {"component_update": {}, "component": {}}, incident(status="scheduled")]
)
def test_a_component_alone_or_a_plan_for_later_is_worth_nothing(message: dict[str, Any]) -> None:
    assert of_statuspage(message) == ()


@pytest.mark.parametrize("wrong", [None, 7, "x", [], {}, [[]], {"x": None}])
@pytest.mark.parametrize("place", ["detail", "type", "incident"])
def test_no_message_is_a_fault(place: str, wrong: Any) -> None:
    of_helpdesk({**TICKET, place: wrong})
    of_statuspage({**INCIDENT, place: wrong})

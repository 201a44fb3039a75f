"""`/v1/preferences`: what a person wants to hear of, read and chosen by themselves."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import APIRouter

from skill.api.credentials import Caller
from skill.api.deps import Body, Desk, DeskDep, EndUser
from skill.errors import NotPublished
from skill.model.preferences import ALL, OFFERS, Preferences
from skill.sources.faults import Fault, Refused
from skill.store.opting_out import choose
from skill.store.preferences import Who, get_preferences

router = APIRouter(tags=["inbox"])


class PreferencesBody(Body, Preferences):
    """Everything that a person chose; what is left out is not chosen."""


class PreferencesView(Preferences):
    """What a person chose, and between which categories they can choose."""

    categories: tuple[str, ...]
    """What may stand in `opted_out`."""


@router.get("/v1/preferences")
def read_preferences(caller: EndUser, desk: DeskDep) -> PreferencesView:
    """What whoever asks chose; before they choose nothing is off."""
    return _view(desk, caller, get_preferences(desk.store, _who(caller)))


@router.put("/v1/preferences")
def choose_preferences(body: PreferencesBody, caller: EndUser, desk: DeskDep) -> PreferencesView:
    """Keep what whoever asks chose, whole; what is queued for them against it does not leave."""
    plays = categories_of(desk, caller.tenant)
    chosen = Preferences.model_validate(body.model_dump())

    def checked(before: Preferences) -> Preferences:
        # A category that was chosen before may have left the Topics since.
        known = {ALL, OFFERS, *plays.values(), *before.opted_out}
        wrong = [
            Fault(("opted_out", place), f"there is no category `{each}`", "unknown_category", _help(plays))
            for place, each in enumerate(chosen.opted_out)
            if each not in known
        ]  # fmt: skip
        if wrong:
            raise Refused(wrong)
        return chosen

    who = _who(caller)
    kept = choose(desk.store, who, checked, plays, at=desk.clock())
    desk.heard(who.tenant, [who.account])
    return _view(desk, caller, kept)


def categories_of(desk: Desk, tenant: str) -> Mapping[str, str]:
    """The category of each play, by its key; without Topics there are no plays."""
    try:
        playbook = desk.topics.of(tenant).workspace.playbook
    except NotPublished:
        return {}
    return {play.key: play.category or OFFERS for play in playbook.plays}


def _help(plays: Mapping[str, str]) -> str:
    return f"use some of {', '.join(_choices(plays))}"


def _choices(plays: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((ALL, OFFERS, *sorted(set(plays.values())))))


def _view(desk: Desk, caller: Caller, chosen: Preferences) -> PreferencesView:
    choices = _choices(categories_of(desk, caller.tenant))
    return PreferencesView.model_validate({**chosen.model_dump(), "categories": choices})


def _who(caller: Caller) -> Who:
    assert caller.account is not None
    assert caller.person is not None
    return Who(caller.tenant, caller.account, caller.person)

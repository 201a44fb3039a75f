"""One question of the command line, worded by the configured model where there is one."""

from __future__ import annotations

import asyncio

from skill.agent.loop import Heard, agent_of
from skill.agent.provider.endpoint import endpoint_of
from skill.ask import Workspace
from skill.cli.exits import note
from skill.converse import Asking, Conversed, converse
from skill.model.answer import Sentence
from skill.settings import Settings


def worded(workspace: Workspace, asking: Asking, *, heard: Heard | None, model: bool) -> Conversed:
    """The answer as the configured model words it; without one, or with `model` false, as it was decided."""
    settings = Settings.from_env()
    told: list[Sentence] = []

    def hear(sentence: Sentence) -> None:
        told.append(sentence)
        if heard is not None:
            heard(sentence)

    listening = hear if heard is not None else None
    conversed = asyncio.run(_worded(workspace, asking, settings, listening, model=model))
    if heard is not None:
        for sentence in conversed.asked.answer.answer.sentences[len(told) :]:
            heard(sentence)
    tally = conversed.tally
    if tally is not None:
        said = f"{tally.model}: {tally.calls} calls, {sum(tally.replaced.values())} reasons against its words"
        note(said + (f", failed: {tally.failed}" if tally.failed else ""))
    return conversed


async def _worded(
    workspace: Workspace, asking: Asking, settings: Settings, heard: Heard | None, *, model: bool
) -> Conversed:
    endpoint = endpoint_of(settings) if model else None
    try:
        return await converse(
            workspace,
            asking,
            agent_of(endpoint, settings),
            composition=settings.model_words,
            choosing=settings.model_choice,
            heard=heard,
        )
    finally:
        if endpoint is not None:
            await endpoint.aclose()

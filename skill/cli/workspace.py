"""The Topics that a command works with: the folder named, the one configured, or the sample company."""

from __future__ import annotations

from pathlib import Path

from skill import clock
from skill.ask import Workspace, open_workspace
from skill.sample import sample_topics
from skill.settings import Settings


def topics_folder(named: Path | None) -> Path:
    """The folder of Topics that is meant.

    Raises:
        SettingsError: what is published is served, and no folder is named.
    """
    if named is not None:
        return named
    settings = Settings.from_env()
    return settings.served_topics() if settings.published else settings.topics or sample_topics()


def open_for_command(named: Path | None) -> Workspace:
    """The workspace of the folder that is meant; its index lives in the data folder.

    Raises:
        TopicError: the folder cannot be served.
    """
    settings = Settings.from_env()
    return open_workspace(
        topics_folder(named), data_dir=settings.data_dir, today=clock.now().date()
    )

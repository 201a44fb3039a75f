"""Engines: where the accounts and their usage are, each asked by the same statement in its own SQL."""

from __future__ import annotations

from skill.sources.warehouse.engines.engine import Engine, Row
from skill.sources.warehouse.engines.opening import open_engine

__all__ = ["Engine", "Row", "open_engine"]

"""The JSON Schema of a compiled Playbook, made from its types and the docstrings of their fields."""

from __future__ import annotations

import json
from typing import Any

from skill.model.playbook import Playbook

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def playbook_schema() -> dict[str, Any]:
    """What `Playbook.model_dump_json` gives, as a JSON Schema (2020-12): exact numbers are strings there."""
    made = Playbook.model_json_schema(mode="serialization")
    return {"$schema": DIALECT, **made}


def schema_text() -> str:
    """The schema as it is printed and published."""
    return json.dumps(playbook_schema(), indent=2, ensure_ascii=False)

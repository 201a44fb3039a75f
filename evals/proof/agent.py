"""The proof of the agent: a model that lies, prints what it sees, obeys attackers, fails or is slow changes nothing decided.

`python -m evals.proof.agent [--full] [PART ...]` measures a minute's worth, or all of it; no model and no key are needed.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence

from evals.proof import (
    agent_attacks,
    agent_calls,
    agent_choice,
    agent_fuzz,
    agent_http,
    agent_leaks,
    agent_lies,
    agent_outages,
    agent_speed,
)
from evals.proof.agent_stage import FULL, Small
from evals.proof.table import Table

PARTS: dict[str, Callable[[Table, Small], None]] = {
    "lies": agent_lies.rows,
    "leaks": agent_leaks.rows,
    "attacks": agent_attacks.rows,
    "outages": agent_outages.rows,
    "calls": agent_calls.rows,
    "choice": agent_choice.rows,
    "fuzz": agent_fuzz.rows,
    "speed": agent_speed.rows,
    "http": agent_http.rows,
}
"""What is measured, in this order."""


def measure(names: Sequence[str], much: Small) -> Table:
    """The figures of these parts, in the order of the parts."""
    table = Table("agent")
    for name, rows in PARTS.items():
        if name in names:
            began = time.monotonic()
            print(f"\n{name}", flush=True)
            rows(table, much)
            print(f"  ({time.monotonic() - began:.0f} s)", flush=True)
    return table


def main(arguments: Sequence[str]) -> int:
    """Measure those named, or all; 2 where a part is unknown. A figure that falls short is told, and no failure."""
    names = [one for one in arguments if one != "--full"] or list(PARTS)
    unknown = [name for name in names if name not in PARTS]
    if unknown:
        print(f"no part `{unknown[0]}`; the parts are {', '.join(PARTS)}", file=sys.stderr)
        return 2
    measure(names, FULL if "--full" in arguments else Small()).finish()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

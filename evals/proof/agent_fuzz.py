"""The verifier against anything at all: texts that nobody would type and bodies that are no answers, and nothing raises."""

from __future__ import annotations

import json
import time
from random import Random
from typing import Any

from evals.proof.agent_stage import NOW, Small, sample
from evals.proof.table import Table
from skill.agent.claims import Ground
from skill.agent.slots import fill
from skill.converse import Asking
from skill.testing import customer

_ODD = (
    "\u200b", "\u202e", "\x00", "\ud7ff", "\ufeff", "\U0001f600", "\u0661", "\uff11", "٪", "…", "—", "%", "$", "€", "'", '"', "\\", "{", "}",
    "[", "]", "(", ")", "<", ">", "|", "`", "*", "_", "#", "\n", "\t", "9" * 40, "1,0,0", "0.0.0", "-", "+", "/", ":", ";", "n't", "'s",
)  # fmt: skip


def rows(table: Table, much: Small) -> None:
    """How many texts and bodies were judged, how many raised, and the slowest of them."""
    workspace = sample()
    asked = Asking("Can I export to Salesforce?", customer(plan="starter"), NOW)
    body = asked.answered(workspace).answer.body()
    prover, rng = workspace.prover, Random(5)
    texts = {q["id"]: fill(q["template"], q["slots"]) for q in body["quotes"]}
    ground = Ground(texts, prover.names)
    words = " ".join(texts.values()).split()
    n, raised, slowest, left = much.fuzz, 0, 0.0, 0
    for _ in range(n):
        text = _text(rng, words)
        began = time.process_time()
        try:
            left += not list(ground.judged(text, list(texts)))
        except Exception as wrong:  # noqa: BLE001 - whatever it raises is what is counted
            raised += 1
            print(f"    {type(wrong).__name__}: {text[:80]!r}")
        slowest = max(slowest, time.process_time() - began)
    raised += sum(_raises(prover, _bent(rng, body)) for _ in range(n // 10))
    table.add(
        "the verifier on random texts and bodies: uncaught exceptions",
        f"{raised} of {n + n // 10:,} (at most {300 / (n + n // 10):.4f}% at 95 %); slowest {slowest * 1000:.0f} ms of CPU",
        "0 of 1,000,000",
        raised == 0,
    )
    table.add(
        "random texts that are taken for proven",
        f"{left} of {n:,}: fragments of what they cite, such as `export`",
    )


def _text(rng: Random, words: list[str]) -> str:
    """Words of the evidence in any order with odd characters among and inside them."""
    parts = []
    for _ in range(rng.randrange(1, 14)):
        word = rng.choice(words) if rng.random() < 0.8 else rng.choice(_ODD)
        if rng.random() < 0.2:
            at = rng.randrange(len(word) + 1)
            word = word[:at] + rng.choice(_ODD) + word[at:]
        parts.append(word)
    return rng.choice((" ", " ", "", ", ")).join(parts)


def _bent(rng: Random, body: dict[str, Any]) -> Any:
    """A body with one value somewhere in it put in another's place."""
    bent = json.loads(json.dumps(body))
    at: Any = bent
    while isinstance(at, (dict, list)) and at:
        key = rng.choice(list(at) if isinstance(at, dict) else range(len(at)))
        if rng.random() < 0.4 or not isinstance(at[key], (dict, list)) or not at[key]:
            at[key] = rng.choice((None, 7, "x", [], {}, True, -1.5, {"a": [1]}, "9" * 50))
            break
        at = at[key]
    return bent


def _raises(prover: Any, body: Any) -> bool:
    try:
        prover.prove(body)
    except Exception as wrong:  # noqa: BLE001 - whatever it raises is what is counted
        print(f"    {type(wrong).__name__}: {wrong}")
        return True
    return False

"""The product over HTTP without a model: at a fixed rate, and as fast as it can; each answer is recorded."""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt

from evals.proof.agent_speed import asks
from evals.proof.agent_stage import Small, at, sample
from evals.proof.agent_wire import SECRET, Bare, product_server, put
from evals.proof.table import Table
from skill.clock import now

RATE = 100
"""Requests a second."""


async def pressed(port: int, headers: dict[str, str], questions: Sequence[str], n: int) -> float:
    """Answers a second over eight connections, each asking again as soon as it is answered."""
    left = iter(range(n))

    async def one() -> None:
        connection = await Bare.connected(port)
        for i in left:
            body = json.dumps({"question": questions[i % len(questions)]}).encode()
            await connection.post("/v1/ask", body, headers)
        connection.close()

    began = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(8)))
    return n / (time.perf_counter() - began)


async def steadily(
    port: int, headers: dict[str, str], questions: Sequence[str], seconds: float
) -> tuple[list[float], list[int]]:
    """Requests at a fixed rate, whether or not the earlier ones are answered; seconds from when each was due."""
    idle: list[Bare] = []
    times: list[float] = []
    wrong: list[int] = []
    bodies = [json.dumps({"question": q}).encode() for q in questions]

    async def one(i: int, due: float) -> None:
        connection = idle.pop() if idle else await Bare.connected(port)
        status, _ = await connection.post("/v1/ask", bodies[i % len(bodies)], headers)
        times.append(time.perf_counter() - due)
        idle.append(connection)
        if status != 200:
            wrong.append(status)

    began = time.perf_counter() + 0.1
    running = []
    for i in range(int(RATE * seconds)):
        due = began + i / RATE
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        running.append(asyncio.ensure_future(one(i, due)))
    await asyncio.gather(*running)
    for connection in idle:
        connection.close()
    return times, wrong


def over_http(table: Table, seconds: float) -> None:
    """The product without a model over HTTP, each answer recorded."""
    workspace = sample()
    with tempfile.TemporaryDirectory() as folder, product_server(Path(folder)) as port:
        account = {
            "plan": "starter",
            "region": "EU",
            "currency": "EUR",
            "traits": {"segment": "smb", "touch": "low"},
        }
        put(port, "/v1/accounts/acc_1", account)
        put(port, "/v1/people/u_1", {"account": "acc_1", "role": "admin", "name": "Ada"})
        ends = now().astimezone(UTC) + timedelta(hours=1)
        token = jwt.encode(_claims(ends), SECRET, algorithm="HS256")
        headers = {"authorization": f"Bearer {token}"}
        questions = asks(workspace)
        asyncio.run(steadily(port, headers, questions, 1.0))
        most = asyncio.run(pressed(port, headers, questions, int(RATE * seconds)))
        times, wrong = asyncio.run(steadily(port, headers, questions, seconds))
    p50, p99 = at(times, 0.5), at(times, 0.99)
    table.add(
        "over HTTP without a model, most answers a second over eight connections", f"{most:.0f}"
    )
    table.add(
        f"over HTTP without a model, {RATE} requests a second for {seconds:g} s: p50, p99",
        f"{p50:.1f} ms, {p99:.1f} ms of {len(times):,}{f', refused: {sorted(set(wrong))}' if wrong else ''}",
        "under 10 ms and 50 ms",
        p50 < 10 and p99 < 50 and not wrong,
    )


def _claims(ends: datetime) -> dict[str, Any]:
    return {"sub": "u_1", "account": "acc_1", "scope": "end_user", "aud": "tactful", "exp": ends}


def rows(table: Table, much: Small) -> None:
    """The figures over HTTP."""
    over_http(table, much.rate_s)

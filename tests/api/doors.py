"""Who knocks at the server's doors in these tests, and what it is told beforehand."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
from starlette.testclient import TestClient

from skill.clock import now
from skill.sample import sample_topics
from skill.settings import ApiKey, Secret, Settings

SECRET = "a secret for tests that is long enough to sign with, for every algorithm"


def bearer(
    *, secret: str = SECRET, algorithm: str = "HS256", life: float = 3_600, **claims: Any
) -> dict[str, str]:
    """Headers with a token of an end user of acc_1, changed by `claims` (None leaves one out)."""
    said = {
        "sub": "u_member",
        "account": "acc_1",
        "scope": "end_user",
        "aud": "tactful",
        "exp": now() + timedelta(seconds=life),
        **claims,
    }
    said = {key: value for key, value in said.items() if value is not None}
    token = jwt.encode(said, secret, algorithm=algorithm)
    return {"Authorization": f"Bearer {token}"}


def key(name: str) -> dict[str, str]:
    """Headers with an API key: support, admin, ingest, or one of those `@other`."""
    return {"X-API-Key": f"key-{name}"}


SUPPORT, ADMIN, INGEST = key("support"), key("admin"), key("ingest")
ADA, BEN = bearer(sub="u_admin"), bearer(sub="u_member")


def settings_in(folder: Path, topics: Path | None = None) -> Settings:
    """Settings of a server whose data live in this folder."""
    keys = [
        ApiKey(hashlib.sha256(f"key-{scope}{at}".encode()).hexdigest(), scope, tenant)
        for scope in ("support", "admin", "ingest")
        for at, tenant in (("", "default"), ("@other", "other"))
    ]
    return Settings(
        topics=topics or sample_topics(),
        data_dir=folder,
        jwt_secret=Secret(SECRET),
        api_keys=tuple(keys),
    )


def fill(client: TestClient, moment: datetime) -> None:
    """Report two accounts: a small one with an admin and a member, and a large one with an owner."""
    at = moment.isoformat()
    facts = [
        {"name": "successful_runs", "value": 40, "as_of": at},
        {"name": "stable_weeks_since_upgrade", "value": 9, "as_of": at},
    ]
    small = {
        "plan": "starter",
        "region": "EU",
        "currency": "EUR",
        "traits": {"segment": "smb", "touch": "low"},
        "admins": ["Ada"],
        "facts": facts,
    }
    large = {
        **small,
        "traits": {"segment": "enterprise", "touch": "high"},
        "owner": {"name": "Lee", "email": "lee@fernway.example"},
    }
    for account, body in (("acc_1", small), ("acc_big", large)):
        assert client.put(f"/v1/accounts/{account}", json=body, headers=INGEST).status_code == 204
    people = [
        ("u_admin", "acc_1", "admin"),
        ("u_member", "acc_1", "member"),
        ("u_big", "acc_big", "admin"),
    ]
    for person, account, role in people:
        body = {"account": account, "role": role, "name": person}
        assert client.put(f"/v1/people/{person}", json=body, headers=INGEST).status_code == 204

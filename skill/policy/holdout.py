"""The holdout: accounts that are never offered anything, always the same ones, so that what offers do can be measured."""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal

from skill.model.account import Account
from skill.model.playbook import Playbook

UNNAMED = ("", Account().id)
"""An account that nobody named can stay in no group: it is never held out."""
_WHOLE = 2**64


def is_held_out(playbook: Playbook, tenant: str, account: str) -> bool:
    """Whether an account belongs to the share that is held out.

    It hangs on the ids alone: a rename, another plan or another version of the Topics moves nobody, and of two accounts
    that were merged the one whose id goes on stays where it is. A larger share adds accounts and lets none go.

    Args:
        playbook: its front matter says the share and the salt.
        tenant: whose account.
        account: id of the account.
    """
    share = playbook.outreach.holdout
    if not share or account in UNNAMED:
        return False
    return place(playbook.outreach.holdout_salt, tenant, account) < share


def place(salt: str, tenant: str, account: str) -> Decimal:
    """Where an account stands among all, in 0..1 without the end."""
    text = json.dumps([salt, tenant, account], ensure_ascii=False)
    digest = hashlib.sha256(text.encode("utf-8", "surrogateescape")).digest()
    return Decimal(int.from_bytes(digest[:8])) / _WHOLE

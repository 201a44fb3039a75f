"""Who is no longer where an effect or a link was made for: accounts that were merged away, and people who moved."""

from __future__ import annotations

from sqlalchemy import select

from skill.store.engine import Store
from skill.store.preferences import Who
from skill.store.tables import moves

MERGED = "the account was merged into another"
LEFT = "this person moved to another account"


def gone(store: Store, who: Who) -> str:
    """Why nothing for this person reaches them in this account any more; empty where they are still there.

    With nobody as the person it is asked about the account alone. Who came back is there again.
    """
    m = moves.c
    mine = (m.tenant == who.tenant, m.person.in_(("", who.person)))
    away = select(m.person, m.at).where(*mine, m.source == who.account)
    back = select(m.at).where(
        m.tenant == who.tenant, m.person == who.person, m.target == who.account
    )
    with store.reading() as connection:
        left = connection.execute(away).all()
        if any(row.person == "" for row in left):
            return MERGED
        if not left:
            return ""
        came = [row.at for row in connection.execute(back)]
    return "" if came and max(came) > max(row.at for row in left) else LEFT


def wherever(store: Store, who: Who) -> tuple[Who, ...]:
    """The person in this account, and in every account that they, or the account, went to since."""
    m = moves.c
    found, new = [who.account], [who.account]
    with store.reading() as connection:
        while new:
            mine = (m.tenant == who.tenant, m.person.in_(("", who.person)), m.source.in_(new))
            wanted = select(m.target).where(*mine).distinct().order_by(m.target)
            new = [one for one in connection.execute(wanted).scalars() if one not in found]
            found += new
    return tuple(who._replace(account=one) for one in found)

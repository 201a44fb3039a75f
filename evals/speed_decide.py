"""How long one decision takes in a large company: 500 features, 60 bundles, 200 thresholds, two years of history.

`python -m evals.speed_decide` prints the median and the slow end for each kind of question; `decide` opens no file,
no connection and no clock while it is measured, and that is checked too.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from skill.compiler.folder import Compiler
from skill.model.account import Customer
from skill.model.decision import Decision, Meaning, Outcome, Surface
from skill.model.playbook import Playbook
from skill.policy.decide import decide

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
N_FEATURES, N_BUNDLES, N_THRESHOLDS, N_METERS = 500, 60, 200, 20
N_PLANS = 5
DAYS = 730
"""Two years."""
RUNS = 400
GOAL_MS = 2.0
_HEAD = "---\nkind: {}\nowner: a@b.example\nreview_by: 2027-03-31\n---\n# T\n\n"
_WHOLE = (
    "open",
    "socket.connect",
    "sqlite3.connect",
    "subprocess.Popen",
    "os.listdir",
    "urllib.Request",
)
"""What Python reports of a program that touches the world outside."""


def topics(*, alike: bool = True) -> Mapping[str, str]:
    """The Topics of a large company, all made up from one seed; `alike` where some rows count the same for several offers."""
    chance = Random(7)
    table = "\n\n| Field | Value |\n|---|---|\n"
    meters = (
        "| Meter | Unit | Counts | Resets | Limit is | Maximum age |\n|---|---|---|---|---|---|\n"
    )
    meters += "".join(
        f"| meter_{n} | call | Each call. | {'monthly' if n % 2 else 'never'} | {'hard' if n % 3 else 'soft'} | 36 hours |\n"
        for n in range(N_METERS)
    )
    features = "".join(
        f"## Feature {n}{table}| What it does | Does job {n}. |\n"
        + (f"| Kind | metered meter_{n} |\n" if n < N_METERS else "")
        + (f"| Alternatives | Feature {n % 40} |\n" if n > 40 and n % 5 == 0 else "")
        + "\n"
        for n in range(N_FEATURES)
    )
    return {
        "meters.md": _HEAD.format("meters") + meters,
        "features.md": _HEAD.format("features") + features,
        "product-bundles.md": _HEAD.format("product-bundles") + "".join(_bundles(chance, table)),
        "usage-thresholds.md": _HEAD.format("usage-thresholds")
        + "".join(_rows(chance, alike=alike)),
        "account.md": _HEAD.format("account") + _ACCOUNT,
        "restraint.md": _HEAD.format("restraint") + _RESTRAINT,
        "expansion-playbooks.md": _HEAD.format("expansion-playbooks").replace(
            "owner:", "prior: 5%\nowner:"
        )
        + f"## Large accounts{table}| Applies to | segment is enterprise |\n| Channel | task for the account owner |\n"
        "| In the product | answer the question only, show no offer |\n\n"
        f"## Everybody else{table}| Applies to | segment is not enterprise |\n| Channel | in-app notification |\n",
    }


_ACCOUNT = (
    "## Traits\n\n| Trait | Type | Unit or values | Maximum age |\n|---|---|---|---|\n"
    "| segment | one of | smb, enterprise | 90 days |\n\n"
    "## Roles\n\n| Role | Can buy | Is told |\n|---|---|---|\n| admin | yes | yes |\n| member | no | yes |\n\n"
    "## Journey\n\n| Moment | Holds when |\n|---|---|\n"
    "| First win | events: event_0 at least 1 times over the last 90 days |\n"
    "| Committed | events: event_0 at least 1 times over each of the last 4 weeks |\n"
)
_RESTRAINT = (
    "| Situation | Pause offers for | Unless |\n|---|---|---|\n"
    "| Open support ticket | until it is closed, then 24 hours | |\n"
    '| Customer said "not now" | 30 days | a limit was reached |\n'
    "| Any offer was shown | 7 days | the customer asked |\n"
    "| This offer was shown | 14 days | the customer asked |\n"
    "| 3 offers in 30 days | 7 days | the customer asked |\n"
    "| First win not reached | until it is reached | |\n"
)


def _bundles(chance: Random, table: str) -> Iterator[str]:
    shares = [N_FEATURES * (n + 1) // 12 for n in range(N_PLANS)]
    for n in range(N_PLANS):
        below = f"| Includes | Plan {n - 1} |\n" if n else ""
        own = ", ".join(f"Feature {i}" for i in range(shares[n - 1] if n else 0, shares[n]))
        limits = "".join(f"| Limits | meter_{m}: {1000 * 4**n} |\n" for m in range(N_METERS))
        yield (
            f"## Plan {n}{table}| Sold as | plan |\n{below}| Unlocks | {own} |\n{limits}"
            f"| Price | EUR {20 * 3**n} per month |\n| Price | USD {22 * 3**n} per month |\n| Link | /plan/{n} |\n\n"
        )
    for n in range(N_PLANS, N_BUNDLES):
        if n % 6 == 0:
            brings = f"| Sold as | credits |\n| Limits | meter_{n % N_METERS}: +1,000 |\n"
        else:
            parts = ", ".join(
                f"Feature {i}" for i in sorted(chance.sample(range(shares[0], N_FEATURES), 20))
            )
            brings = f"| Sold as | add-on |\n| Unlocks | {parts} |\n"
        yield (
            f"## Pack {n}{table}{brings}| Price | EUR {n} per month |\n| Price | USD {n + 1} per month |\n"
            f"| Link | /pack/{n} |\n\n"
        )


def _rows(chance: Random, *, alike: bool) -> Iterator[str]:
    yield "| Signal | What we count | Holds when | Over | Means | Offer | Audience |\n|---|---|---|---|---|---|---|\n"
    forms = (
        "meter_{m} | at least {p8}% of limit | 3 of the last 7 days",
        "meter_{m} | at least {p9}% of limit | now",
        "meter_{m} | grew by at least {p5}% | the last 30 days",
        "events: event_{e} | at least {n4} times | the last 30 days",
        "events: event_{e} | at least {n9} times | each of the last 4 weeks",
        "attempts: Feature {f} | at least 2 times | the last 48 hours",
        "meter_{o} | on pace to pass the limit | this period",
        "views: page_{e} | at least {n3} times | the last 7 days",
    )
    for n in range(N_THRESHOLDS):
        offer = (
            f"Plan {1 + n % (N_PLANS - 1)}"
            if n % 3 == 0
            else f"Pack {chance.randrange(N_PLANS, N_BUNDLES)}"
        )
        more = 0 if alike else n // len(forms)
        count = forms[n % len(forms)].format(
            p8=80 + more / 10 if more else 80,
            p9=90 + more / 10 if more else 90,
            p5=50 + more,
            n4=40 + more,
            n9=9 + more,
            n3=3 + more,
            m=n % N_METERS,
            o=2 * (n % (N_METERS // 2)) + 1,
            e=n % 12,
            f=chance.randrange(N_FEATURES),
        )
        yield f"| row {n} | {count} | {'ready' if n % 4 == 0 else 'warming'} | {offer} | |\n"


def customer() -> Customer:
    """A customer with two years of readings, events, tickets and offers, as much as a busy small company leaves."""
    chance = Random(11)
    usage = [
        {
            "meter": f"meter_{m}",
            "at": NOW - timedelta(days=d, hours=1),
            "value": 400 + (DAYS - d) // 2 + m,
        }
        for d in range(DAYS)
        for m in range(N_METERS)
    ]
    names = [*(f"event_{n}" for n in range(12)), "use", "attempt", "view"]
    events = [
        {
            "id": f"e{n}",
            "name": name,
            "at": NOW - timedelta(minutes=chance.randrange(60, DAYS * 24 * 60)),
            "properties": {"feature": f"feature-{chance.randrange(80)}", "page": "page_1"},
        }
        for n in range(6_000)
        for name in (chance.choice(names),)
    ]
    past = [
        {
            "kind": chance.choice(("impression", "dismissal", "click")),
            "offer": f"pack-{5 + n % 50}",
            "at": NOW - timedelta(days=40 + 9 * n),
        }
        for n in range(70)
    ]
    tickets = [
        {
            "id": f"t{n}",
            "opened_at": NOW - timedelta(days=30 * n + 9),
            "closed_at": NOW - timedelta(days=30 * n + 7),
        }
        for n in range(24)
    ]
    told: dict[str, Any] = {
        "account": {
            "plan": "plan-0",
            "currency": "EUR",
            "region": "EU",
            "traits": {"segment": "smb"},
        },
        "person": {"role": "admin"},
        "usage": usage,
        "events": events,
        "history": past,
        "tickets": tickets,
    }
    return Customer.model_validate(told)


def questions() -> Mapping[str, Meaning]:
    """What is asked: a feature that is lacking, two of them, one that is there, more of a limit, and nothing at all."""
    feature = {"outcome": Outcome.FEATURE}
    return {
        "a feature that is lacking": Meaning.model_validate(
            {**feature, "features": ("feature-450",)}
        ),
        "two that are lacking": Meaning.model_validate(
            {**feature, "features": ("feature-450", "feature-300")}
        ),
        "a feature that is there": Meaning.model_validate({**feature, "features": ("feature-30",)}),
        "more of a limit": Meaning.model_validate(
            {**feature, "features": ("feature-6",), "meter": "meter-6", "wants": "more"}
        ),
        "nobody asked": Meaning(outcome=Outcome.SIGNAL),
    }


def outside(call: Callable[[], object]) -> list[str]:
    """What a call touched of the world outside, as Python reports it."""
    seen: list[str] = []
    listening = True

    def hook(event: str, args: tuple[object, ...]) -> None:
        if listening and event in _WHOLE:
            seen.append(f"{event} {args[0] if args else ''}")

    sys.addaudithook(hook)
    call()
    listening = False
    return seen


def measure(
    playbook: Playbook, who: Customer, *, runs: int = RUNS
) -> Iterator[tuple[str, float, float, Decision]]:
    """Each kind of question: median and the slowest in twenty, in milliseconds, and what was decided.

    In time of the processor: nothing is waited for, and other work on the machine is no part of it.
    """
    for name, meaning in questions().items():
        made = decide(playbook, who, meaning, surface=Surface.IN_PRODUCT, now=NOW)
        took: list[float] = []
        for n in range(runs):
            now = NOW + timedelta(seconds=n)
            began = time.thread_time()
            decide(playbook, who, meaning, surface=Surface.IN_PRODUCT, now=now)
            took.append((time.thread_time() - began) * 1000)
        yield name, statistics.median(took), statistics.quantiles(took, n=20)[-1], made


def main() -> None:
    """Print every figure with its goal."""
    who = customer()
    for alike in (True, False):
        print(
            "a fifth of the rows for each count" if alike else "\nevery row counts something else",
            end=": ",
        )
        _print(Compiler().compile_sources(dict(topics(alike=alike)), NOW.date()).playbook, who)


def _print(playbook: Playbook, who: Customer) -> None:
    print(
        f"{len(playbook.features)} features, {len(playbook.bundles)} bundles, {len(playbook.thresholds)} thresholds; "
        f"{len(who.usage):,} readings, {len(who.events):,} events, {len(who.history)} showings in {DAYS} days"
    )
    one = questions()["nobody asked"]
    touched = outside(lambda: decide(playbook, who, one, surface=Surface.IN_PRODUCT, now=NOW))
    print(f"files, connections and programs opened by a decision: {len(touched)}", *touched[:3])
    for name, median, slow, made in measure(playbook, who):
        verdict = "ok" if median < GOAL_MS else "short"
        offers = f"{len(made.offers)} made, {len(made.withheld)} withheld"
        print(
            f"{name:<28} median {median:6.3f} ms   slowest in twenty {slow:6.3f} ms   {verdict:<6} {offers}"
        )


if __name__ == "__main__":
    main()

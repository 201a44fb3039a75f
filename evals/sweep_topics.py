"""Eight thresholds, one of each form, over eight meters: the Topics that a sweep is measured with."""

from __future__ import annotations

from datetime import date

from skill.compiler.folder import Compiler
from skill.model.playbook import Playbook

_FRONT = "---\nkind: {kind}\nowner: growth@sweep.example\nreview_by: 2027-03-31\n---\n# {title}\n\n"

_METERS = """| Meter | Unit | Counts | Resets | Limit is | Maximum age |
|---|---|---|---|---|---|
| api_calls | api_call | Each call that is answered. | monthly | soft | 36 hours |
| runs | run | Each run that starts. | monthly | hard | 36 hours |
| messages | message | Each message that is sent. | monthly | soft | 36 hours |
| seats | seat | Each person with a sign-in. | never | hard | 36 hours |
| active_users | user | Each person who signed in this month. | never | soft | 36 hours |
| dashboards | dashboard | Each dashboard. | never | hard | 36 hours |
| reports | report | Each saved report. | never | hard | 36 hours |
| storage | GB | Files that are kept. | never | hard | 48 hours |
"""

_FEATURES = """## Work space

| Field | Value |
|---|---|
| What it does | keeps everybody's work in one place |

### What customers can read

> **Have it:** Open Settings and look around.

## Work at scale

| Field | Value |
|---|---|
| What it does | lets a large team work without waiting |

### What customers can read

> **Have it:** Open Settings and choose Scale.
"""

_PLAN = """## {name}

| Field | Value |
|---|---|
| Sold as | plan |
| Unlocks | {unlocks} |
| Price | EUR {price} per workspace per month |
| Limits | {limits} |
| Link | /billing/{name} |

### What customers can read

> **Answer:** {{feature}} comes with {{bundle}}.
>
> **Price:** {{price}}, added to your next invoice.

"""

_EXTRA = """## Extra Seats

| Field | Value |
|---|---|
| Sold as | seats |
| Available on | Starter, Team, Business |
| Price | EUR 5 per seat per month |
| Limits | seats: +1 |
| Link | /billing/seats |

### What customers can read

> **Answer:** More people come with {bundle}.
>
> **Price:** {price}, added to your next invoice.
"""

_THRESHOLDS = """| Signal | What we count | Holds when | Over | Means | Offer |
|---|---|---|---|---|---|
| storage-near-limit | storage | at least 80% of limit | now | ready | Business |
| seats-almost-full | seats | at most 2 left | now | ready | Extra Seats |
| calls-sustained | api_calls | at least 80% of limit | 3 of the last 7 days | ready | Team |
| messages-lately | messages | more than 5,000 | the last 7 days | warming | Team |
| dashboards-growing | dashboards | grew by at least 50% | the last 30 days | warming | Team |
| runs-on-pace | runs | on pace to pass the limit | this period | ready | Team |
| everybody-active | ratio: active_users / seats | at least 0.8 | now | warming | Extra Seats |
| many-reports | reports | at least 8 | now | warming | Team |
"""

_LIMITS = {
    "Free": "runs: 500 per month; seats: 6; dashboards: 1; reports: 3; storage: 1",
    "Starter": "api_calls: 50,000 per month; runs: 5,000 per month; seats: 10; storage: 10",
    "Team": "api_calls: 100,000 per month; runs: 25,000 per month; seats: 25; storage: 100",
    "Business": "api_calls: 500,000 per month; runs: unlimited; seats: 100; storage: 1,000",
}


def topics() -> dict[str, str]:
    """The folder, by file name."""
    plans = "".join(
        _PLAN.format(
            name=name,
            price=29 * place,
            limits=limits,
            unlocks="Work space, Work at scale" if place > 1 else "Work space",
        )
        for place, (name, limits) in enumerate(_LIMITS.items())
    )
    return {
        "meters.md": _FRONT.format(kind="meters", title="Meters") + _METERS,
        "features.md": _FRONT.format(kind="features", title="Features") + _FEATURES,
        "product-bundles.md": _FRONT.format(kind="product-bundles", title="Plans")
        + plans.replace("EUR 0 per workspace per month", "free")
        + _EXTRA,
        "usage-thresholds.md": _FRONT.format(kind="usage-thresholds", title="Usage thresholds")
        + _THRESHOLDS,
    }


def playbook(today: date) -> Playbook:
    """The same as it compiles."""
    compiled = Compiler().compile_sources(topics(), today)
    assert compiled.servable, compiled.diagnostics
    return compiled.playbook

"""Made-up accounts for which a restraint holds: each would be offered something, and this is why it is not."""

from __future__ import annotations

from skill.sample.story import Habit, Lately, Standing, Story

EXPORTS = Habit("csv_export", 5)
"""A list taken out by hand, about once a working day."""
TRIED_EXPORT = Lately("attempt", 3, 40, {"feature": "salesforce-export"})
"""Somebody looked for the direct way, three times within two days."""

QUIET = (
    Story(
        "elderflower-foods",
        "A support ticket is open: help first.",
        {"edda": "admin"},
        does=(TRIED_EXPORT,),
        tickets=(("question", 2, None),),
    ),
    Story(
        "copse-energy",
        "An incident touched them and ended three days ago.",
        {"fay": "admin"},
        does=(TRIED_EXPORT,),
        incidents=(("api", 4, 3),),
    ),
    Story(
        "juniper-labs",
        "A bug that touches them was mended two days ago, and they are given a week.",
        {"gus": "admin"},
        does=(TRIED_EXPORT,),
        tickets=(("bug", 9, 2),),
    ),
    Story(
        "moss-and-stone",
        'Said "not now" ten days ago; has since used up the reports of the plan.',
        {"hal": "admin"},
        does=(TRIED_EXPORT,),
        meters={"reports": Standing(10, 6)},
        past=(("impression", "connect-pack", 10), ("not_now", "connect-pack", 10)),
    ),
    Story(
        "pine-street-law",
        "Asked never to see this again, and is not asked a second time.",
        {"ines": "owner"},
        does=(TRIED_EXPORT,),
        past=(("impression", "connect-pack", 200), ("never", "connect-pack", 200)),
    ),
    Story(
        "sundial-optics",
        "Opted out of offers, so a question is answered and nothing more.",
        {"jul": "admin"},
        does=(TRIED_EXPORT,),
        opted_out=("offers",),
    ),
    Story(
        "tidewater-yoga",
        "Saw the Connect Pack two days ago: no message now, though a question may be answered with it.",
        {"kai": "owner"},
        does=(EXPORTS,),
        past=(("impression", "connect-pack", 2),),
    ),
    Story(
        "umber-design",
        "Saw three offers within a month, which is enough.",
        {"lou": "admin"},
        past=(
            ("impression", "team", 26),
            ("impression", "analytics-pack", 17),
            ("impression", "connect-pack", 9),
        ),
    ),
    Story(
        "valley-press",
        "Closed three offers in a row: the feature is explained instead.",
        {"mio": "admin"},
        past=tuple(
            (kind, "team", ago) for ago in (80, 61, 40) for kind in ("impression", "dismissal")
        ),
    ),
    Story(
        "weaver-textiles",
        "Answered the follow-up last week: a person took over, and everything automatic stops.",
        {"noa": "owner"},
        past=(("impression", "team", 12), ("reply", "team", 6)),
    ),
    Story(
        "yarrow-catering",
        "An invoice is unpaid: no time to speak of more.",
        {"oda": "owner"},
        does=(TRIED_EXPORT,),
        facts={"unpaid_invoice": True},
    ),
    Story(
        "zephyr-sails",
        "Is at the checkout for Team: do not talk into a purchase.",
        {"pam": "admin"},
        past=(("impression", "team", 1), ("click", "team", 1), ("checkout_open", "team", 1)),
    ),
)

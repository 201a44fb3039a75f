"""The made-up accounts in one table: each row says why it is there, and in what it differs from the usual one."""

from __future__ import annotations

from decimal import Decimal

from skill.sample.quiet import EXPORTS, QUIET, TRIED_EXPORT
from skill.sample.story import LARGE, SMALL, Habit, Lately, Monthly, Standing, Story

_README = (
    Story(
        "brightlane",
        "Takes the same list out by hand every working day, so the Connect Pack fits; one can buy, two cannot.",
        {"ada": "admin", "ben": "member", "val": "viewer"},
        # The README shows them: nothing that is said to them may change from one day to the next.
        billing_day=None,
        does=(EXPORTS,),
    ),
    Story(
        "northmoor",
        "Large: a person at Fernway helps them, so the product answers and offers nothing.",
        {"cleo": "admin", "carl": "owner"},
        plan="business",
        billing="yearly",
        renews_in=143,
        traits=LARGE,
        owner="Lee",
        does=(EXPORTS, TRIED_EXPORT),
    ),
)

_BEGINNERS = (
    Story(
        "pennygrove",
        "Has just begun on Free: the first win is not reached, so they are left to learn.",
        {"dora": "owner"},
        plan="free",
        meters={"runs": Monthly(9), "reports": Standing(1, 0, 5)},
        does=(Lately("attempt", 2, 30, {"feature": "parallel-runs"}),),
        facts={"successful_runs": 1},
    ),
    Story(
        "tinford",
        "Free, and opened features of the Team plan twice: ready for the trial of it.",
        {"eli": "owner"},
        plan="free",
        does=(
            Habit("run_succeeded", 11, weeks=5),
            Lately("attempt", 3, 40, {"feature": "shared-workspaces"}),
        ),
        facts={"successful_runs": 44},
    ),
    Story(
        "ashbourne-cycles",
        "Free, and every saved report is in use: a hard limit is reached.",
        {"finn": "owner"},
        plan="free",
        meters={"reports": Standing(3, 1)},
        does=(Habit("run_succeeded", 6, weeks=5),),
        facts={"successful_runs": 31},
    ),
    Story(
        "kettle-and-co",
        "Signed up and chose no plan yet, which is legal.",
        {"gia": "owner"},
        plan=None,
        facts={"successful_runs": 3, "stable_weeks_since_upgrade": 0},
    ),
    Story(
        "larkspur-studio",
        "Their Team trial is running: they have its features until it ends.",
        {"wilma": "admin"},
        grants=(("team-trial", "trial", 5),),
        does=(Lately("view", 2, 60, {"page": "workspaces"}),),
    ),
    Story(
        "hartwell-prints",
        "Their Team trial has ended: what they had is named as ended, and the plan that has it.",
        {"xena": "admin"},
        grants=(("team-trial", "trial", -6),),
        does=(Habit("approval_given", 3, weeks=3),),
    ),
)

_SIGNALS = (
    Story(
        "mulberry-payroll",
        "Close to the API limit on most days of the week, because a payroll run fills it early.",
        {"hana": "admin"},
        billing_day=31,
        meters={"api_calls": Monthly(47_500, "month start", growth=0.01)},
    ),
    Story(
        "greyfriars-dental",
        "Eight of ten seats are taken.",
        {"ivan": "owner"},
        meters={"seats": Standing(8, 4)},
        traits={**SMALL, "industry": "health"},
    ),
    Story(
        "copperfield-books",
        "Ten of ten reports are saved: the limit is reached, and the next plan has none.",
        {"jona": "admin"},
        meters={"reports": Standing(10, 4)},
    ),
    Story(
        "redhill-bakery",
        "One busy month: at this pace the runs would go past the plan before it ends.",
        {"kira": "owner"},
        meters={"runs": Monthly(7_200, "every day", growth=0.3, cap=5_000)},
        does=(Lately("view", 1, 20, {"page": "usage"}),),
    ),
    Story(
        "saltmarsh-tours",
        "Tried a direct export three times since yesterday: ready for the Connect Pack.",
        {"liam": "admin"},
        billing_day=15,
        does=(TRIED_EXPORT,),
    ),
    Story(
        "dunmore-logistics",
        "Works in two regions: keeping data in Europe becomes a question.",
        {"mara": "admin"},
        plan="business",
        bundles=("priority-support",),
        facts={"active_regions": 2},
    ),
    Story(
        "fieldnote",
        "Three people joined this week and the plans page was read: two mild signs make one good one.",
        {"nils": "owner"},
        meters={"seats": Standing(7, 4, 6)},
        does=(Lately("view", 4, 120, {"page": "pricing"}),),
    ),
    Story(
        "ironbridge-parts",
        "Runs were retried seventeen times this week, because they wait for each other.",
        {"omar": "admin"},
        does=(Lately("run_retried", 17, 150),),
    ),
    Story(
        "willow-clinics",
        "Invites a dozen people by hand and reads about security: ready for central logins.",
        {"pia": "admin"},
        plan="team",
        traits={**SMALL, "industry": "health", "team-size": 22},
        meters={"seats": Standing(19, 8)},
        does=(Habit("member_invited", 3, weeks=4), Lately("view", 4, 600, {"page": "security"})),
    ),
    Story(
        "stonegate-media",
        "Lives in its dashboards and takes reports out: ready for the Analytics Pack. Pays by the year.",
        {"quin": "admin"},
        plan="team",
        billing="yearly",
        renews_in=97,
        does=(Habit("dashboard_viewed", 6, weeks=6), Habit("report_exported", 2, weeks=5)),
    ),
    Story(
        "oldcastle-games",
        "One wrong count near the limit, put right the next day: a spike is no signal.",
        {"rex": "admin"},
        meters={"api_calls": Monthly(18_000, odd_day=47_000)},
    ),
)

_HOLDERS = (
    Story(
        "applegarth",
        "Holds both packs on Team: has what they ask for.",
        {"rosa": "admin"},
        plan="team",
        bundles=("connect-pack", "analytics-pack"),
    ),
    Story(
        "brookline-homes",
        "Holds the Growth Bundle on Business.",
        {"sam": "owner"},
        plan="business",
        bundles=("growth-bundle",),
    ),
    Story(
        "thornbury-bank",
        "Regulated, and holds the Compliance Pack with Priority Support.",
        {"tess": "admin"},
        plan="business",
        bundles=("priority-support", "compliance-pack"),
        billing="yearly",
        renews_in=30,
        traits={**SMALL, "segment": "mid-market", "industry": "finance", "team-size": 70},
        facts={"active_regions": 2},
    ),
    Story(
        "meadow-vets",
        "Holds two Extra Seats; the billing contact may add more, and only that.",
        {"ugo": "billing contact"},
        admin="Uma",
        bundles=("extra-seats",),
        limits={"seats": Decimal(12)},
        meters={"seats": Standing(11, 9)},
    ),
    Story(
        "ferndale-toys",
        "Holds Run Credits for the season.",
        {"vito": "owner"},
        bundles=("run-credits",),
        meters={"runs": Monthly(8_400, "every day", growth=0.2)},
    ),
    Story(
        "wrenfield",
        "Grandfathered: an older, higher limit, unlimited reports, and the audit log from an early promise.",
        {"zoe": "owner"},
        grandfathered=True,
        limits={"api_calls": Decimal(80_000), "reports": None},
        grants=(("audit-log", "early customer", None),),
        meters={"api_calls": Monthly(52_000), "reports": Standing(34, 30)},
    ),
)

_ELSEWHERE = (
    Story(
        "harborlight",
        "In the United States: sees prices in USD, and does by hand what a pack would do.",
        {"abe": "admin"},
        region="US",
        currency="USD",
        zone="America/Los_Angeles",
        does=(EXPORTS,),
    ),
    Story(
        "cedar-and-main",
        "In the United States on Business: what is sold in Europe alone is not offered to them.",
        {"bea": "owner"},
        plan="business",
        bundles=("priority-support",),
        region="US",
        currency="USD",
        zone="America/New_York",
        facts={"active_regions": 2},
    ),
    Story(
        "hoshino-paper",
        "Pays in a currency that no price names: answered, never sold to at a guess.",
        {"yuki": "admin"},
        region="JP",
        currency="JPY",
        zone="Asia/Tokyo",
    ),
    Story(
        "riverside-school",
        "A school: answered in full, and left to learn.",
        {"yara": "admin"},
        traits={"segment": "education", "touch": "low", "team-size": 12},
        does=(EXPORTS,),
    ),
    Story(
        "county-archive",
        "Government, mid-sized, with a person who looks after them.",
        {"sol": "admin"},
        plan="team",
        billing="yearly",
        renews_in=251,
        traits={"segment": "mid-market", "touch": "high", "industry": "government"},
        owner="Noor",
        does=(Habit("member_invited", 3, weeks=4),),
    ),
    Story(
        "quarry-lane",
        "Nobody has told us their segment or who looks after them, and unknown never sells.",
        {"dov": "admin"},
        traits={},
        does=(EXPORTS,),
    ),
    Story(
        "longshore",
        "Usage was last reported five days ago: too old to say what is left.",
        {"cyd": "admin"},
        meters={"api_calls": Monthly(46_000), "seats": Standing(9, 6)},
        last_read=5,
    ),
    Story(
        "vintage-dial",
        "On a plan that these Topics no longer know: answered without a guess.",
        {"tim": "owner"},
        plan="professional-2019",
    ),
)

STORIES = (*_README, *_BEGINNERS, *_SIGNALS, *_HOLDERS, *_ELSEWHERE, *QUIET)
"""Every made-up account; those of the README come first."""

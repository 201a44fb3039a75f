"""Phrases that claim something whatever else a sentence says, each row one idea that the evidence must have as well."""

from __future__ import annotations

from skill.agent.claims.common import spaced
from skill.agent.claims.text import What

Phrase = tuple[str, ...]

SECRET = "secret"
"""Things that nobody is ever asked for or told about in words that a model typed, whatever the evidence says."""

_ROWS: tuple[tuple[What, str, str], ...] = (
    ("negation", "not", "not|no|never|none|nobody|nothing|nowhere|neither|nor|without|cannot|dont|doesnt|didnt|isnt|arent|wasnt|cant|wont|wouldnt|shouldnt|couldnt|hasnt|havent|hardly|barely|rarely|seldom|scarcely|lack|lacks|lacking|lacked|missing|exclude|excludes|excluded|excluding|exclusion|unavailable|unsupported|unable|impossible|absent|left out|leaves out|anything but|far from|free from|stops short|kein|keine|keinen|nicht|ohne|nie|niemals|pas|jamais|sans|aucun|nunca|sin|ningun|non"),
    ("negation", "only", "only|solely|exclusively|exclusive|just|merely|alone|nothing but|limited to|restricted to|nur|seulement|solo"),
    ("negation", "except", "except|unless|apart from|other than|aside from|except for|excepting|save for|subject to|provided|as long as"),
    ("negation", "until", "until|till|no longer|any longer|anymore|any more"),
    ("negation", "instead", "rather than|instead of|in place of|replaces|replace|replacing|replaced"),
    ("comparison", "more", "more|additional|extra|further|greater|increased|increase|increases|higher|larger|bigger|longer|extended|extends"),
    ("comparison", "less", "less|fewer|lower|lowest|reduced|reduce|reduces|smaller|shorter|decreased|decrease|cut|cuts|drops"),
    ("comparison", "than", "than|compared|compared to|compared with|versus|vs|as opposed to|unlike"),
    ("comparison", "at least", "at least|minimum|min|no less than|no fewer than|or more|or higher|starting at|starting from|from just"),
    ("comparison", "up to", "up to|at most|maximum|max|no more than|or less|or fewer|not exceeding"),
    ("comparison", "unlimited", "unlimited|limitless|infinite|infinitely|endless|endlessly|uncapped|unrestricted|boundless|no limit|no limits|without limit|without limits|no ceiling|no cap|as many as|as much as|unmetered"),
    ("comparison", "all", "all|every|everything|everyone|everybody|whole|entire|entirely|altogether|across the board|alle|alles|tout|toutes|todos"),
    ("comparison", "each", "each|each of"),
    ("comparison", "any", "any|anything|anyone|anybody|whatever|whichever|wherever|anywhere"),
    ("comparison", "full", "full|fully|complete|completely|total|totally"),
    ("comparison", "both", "both|either|two of them"),
    ("comparison", "always", "always|forever|constantly|permanently|permanent|anytime|at any time|at all times|whenever|lifetime|for life|round the clock|around the clock|indefinitely|immer|toujours|siempre"),
    ("comparison", "same", "same|equal|equals|equally|identical|equivalent|alike|as good as|as well as any|similar|similarly|like for like"),
    ("comparison", "better", "better|superior|improved|improves|improve|improvement|upgrade|upgraded|outperforms|outperform|beats|beat|best value|preferable|prefer|stronger"),
    ("comparison", "worse", "worse|inferior|weaker|worst"),
    ("comparison", "many", "many|much|lots|lot|plenty|several|numerous|multiple|few|various|countless|dozens|hundreds|thousands|millions|most of|majority|mostly|nearly|almost|virtually|practically|significantly|substantially|considerably|dramatically|far more|enough|sufficient|ample"),
    ("comparison", "too", "too much|too many|too little|too few"),
    ("comparison", "usual", "usual|usually|normal|normally|typical|typically|average|on average|generally|often|sometimes|frequently"),
    ("superlative", "most", "most|the most|top|number one|leading|leader|premier|unmatched|unrivalled|unrivaled|unbeatable|unparalleled|ultimate|world class|best in class|state of the art|second to none"),
    ("superlative", "best", "best|finest|greatest|perfect|perfectly|ideal|ideally|flawless|optimal"),
    ("superlative", "praise", "great|good|nice|excellent|amazing|awesome|fantastic|incredible|wonderful|outstanding|brilliant|powerful|robust|seamless|seamlessly|effortless|effortlessly|revolutionary|innovative|popular|favorite|favourite|recommended|recommend|recommends|loved|trusted|proven|reliable|reliably|secure|securely|safe|safely|easy|easily|simple|fast|quick|quickly|smooth|smoothly|useful|helpful|valuable|important|essential|worth|worthwhile|bargain|affordable|inexpensive|cheap|expensive|premium|special|unique"),
    ("commitment", "guarantee", "guarantee|guarantees|guaranteed|guaranteeing|promise|promises|promised|commit|commits|committed|commitment|assure|assures|assured|ensure|ensures|ensured|warrant|warranty|pledge|pledged|swear|vow|rest assured|count on|rely on|make sure|makes sure|certain|certainly|definitely|absolutely|surely|undoubtedly|without doubt|no doubt|for sure|garantiert|garantie|garantizado|confirmed|confirm|confirms|officially|official|yes|yep|yeah|correct|true|agreed"),
    ("commitment", "will", "will|shall|going to|gonna|about to|wird|werden|we can arrange|can arrange|happy to offer|glad to offer|able to offer"),
    ("commitment", "refund", "refund|refunds|refunded|refundable|money back|reimburse|reimbursed|reimbursement|compensate|compensation|credited|credit back|chargeback"),
    ("commitment", "waive", "waive|waives|waived|waiver|exempt|exempted|exemption|exception|grant|granted|grants|approve|approved|authorise|authorised|authorize|authorized|unlocked for you|activated|enabled|switched on for you"),
    ("discount", "discount", "discount|discounts|discounted|discounting|coupon|coupons|voucher|vouchers|promo|promos|promotion|promotional|promo code|deal|deals|rebate|cashback|markdown|special offer|special price|special rate|price drop|price cut|cheaper|cheapest|lower price|best price|price match|loyalty|bonus|gift|reward|rewards|rabatt|remise|descuento|gutschein|save money|savings|saving|taken off"),
    ("discount", "off", "off"),
    ("discount", "code", "code|codes"),
    ("discount", "sale", "sale|on sale|sales price"),
    ("discount", "paid", "paid for|already paid|prepaid|covered for|paid already"),
    ("content", SECRET, "password|passwords|passcode|credentials|credential|card number|cvv|iban|pin|secret|secrets|token|tokens|api key|access key|login details"),
    ("discount", "free", "free|free of charge|for free|freely|freebie|complimentary|gratis|kostenlos|gratuit|gratuito|costless|no cost|no charge|zero cost|at no cost|at no charge|without charge|without cost|for nothing|on us|on me|on the house|cost nothing|costs nothing|not a cent|courtesy"),
    ("discount", "trial", "trial|trials|try it free|try for free|free trial|test period|trial period|evaluation period|taster"),
    ("availability", "soon", "soon|shortly|coming|upcoming|forthcoming|roadmap|planned|plans to|planning|in the works|working on|work in progress|rolling out|rolls out|roll out|rollout|launch|launches|launched|launching|release|releases|released|releasing|beta|preview|early access|pilot|tomorrow|tonight|eventually|in the future|future|later|down the line|before long|in due course|any day|eta|on its way|in development|developing|next week|next month|next year|next quarter|next release|next version|next sprint|this week|this month|this quarter|this year|end of|within|bald|bientot|pronto"),
    ("availability", "available", "available|availability|accessible|offered|sold|ready|live|supported|supports|support for|enabled for|turned on|active|activated for|switched on|permitted|allowed|allows|allow|eligible|qualify|qualifies|entitled|entitles|entitlement"),
    ("availability", "at once", "immediately|instantly|instant|at once|right away|straight away|straightaway|in no time|on the spot|automatically|automatic|by itself|by themselves"),
    ("urgency", "hurry", "hurry|act now|act fast|act quickly|last chance|limited time|time is limited|miss out|missing out|running out|runs out|run out|run out soon|before it is too late|too late|expire|expires|expired|expiring|expiry|ends soon|ending soon|deadline|while it lasts|while stocks last|while supplies last|today only|urgent|urgently|asap|now or never|book now|buy now|upgrade now|order now|upgrade today|buy today|sign up now|sign up today|final call|final days|going fast|almost gone|few left|spots left|waste no time|as soon as possible|hesitate|delay|wait|waiting|limited offer|one time offer|quick before|nur heute|vite|rapido"),
)  # fmt: skip
_BEFORE_A_FIGURE: tuple[tuple[str, str], ...] = (
    ("over", "over|above|more than|beyond|past|exceeding|exceeds|upwards of|north of"),
    ("under", "under|below|less than|short of|beneath|fewer than"),
    ("was", "was|were|used to be|formerly|previously|originally|now|now only"),
    ("about", "about|around|roughly|approximately|approx|circa|some|nearly|almost|close to|near"),
    ("exactly", "exactly|precisely|as little as|as low as|as few as"),
)
_IDIOMS = (
    "good question|great question|fair question|nice question|excellent question|good point|fair point|good to know|"
    "good to hear|great to hear|nice to meet you|good idea to ask|thanks for asking|feel free|first of all|after all|"
    "that is all you asked|all the best|any questions|any question|any other questions|any other question|"
    "anything else|once more|more about|more on that|more detail|more details|more on this|as well|at all|not only|no problem|"
    "no worries|of course|not sure|just ask|just let me know|just say so|most welcome|you are welcome|good morning|"
    "good afternoon|good evening|good day|good luck|in short|in full|in other words|either way|each step|let me know|"
    "is that right|all right|every day|useful to know|helpful to know|worth knowing|worth a look|a quick look|"
    "a quick note|quick answer|short answer|here is a quick|to be exact|a few words|a few points|a lot to|best wishes|"
    "make sense|makes sense|at the same time|too|just to say|just so you know|on hand|both of you|an important one|"
    "an easy one|a good one|a nice one|a simple one|same question|a common question|soon as you ask|"
    "no need to worry|such as|here is the background|some background|the background is this|some context|here is the context|keep in mind|in mind|on the other hand|to hand|in touch|in that sense|in this sense|if you need|if you have any questions|if you have any other questions|if you have a question|if you have questions|if you have another question"
)


def _table() -> dict[Phrase, tuple[What, str]]:
    found: dict[Phrase, tuple[What, str]] = {}
    for what, group, listed in _ROWS:
        for phrase in listed.split("|"):
            found.setdefault(tuple(phrase.split()), (what, group))
    return found


PHRASES = _table()
"""What a phrase claims, and the idea that evidence must share."""
BEFORE_A_FIGURE = {
    tuple(phrase.split()): group
    for group, listed in _BEFORE_A_FIGURE
    for phrase in listed.split("|")
}
"""Phrases that change a figure when they stand before one, and are plain words elsewhere."""
IDIOMS = frozenset(tuple(phrase.split()) for phrase in _IDIOMS.split("|"))
"""Small talk that contains such a word and claims nothing."""
_ADJECTIVES = spaced(
    "cheap fast quick big large small great high low long short strong weak easy simple hard slow safe smart rich deep "
    "wide broad clean clear new old early late soon light heavy close near simple fine smooth bright tough powerful"
)


def graded(low: str) -> tuple[What, str] | None:
    """What a comparative or superlative form claims: `cheaper`, `fastest`, `easiest`."""
    for ending, what in (("est", "superlative"), ("er", "comparison")):
        if not low.endswith(ending) or len(low) < 5:
            continue
        stem = low.removesuffix(ending)
        known = {stem, stem + "e", stem[:-1] if stem[-1:] == stem[-2:-1] else stem}
        if stem.endswith("i"):
            known.add(stem[:-1] + "y")
        fits = sorted(known.intersection(_ADJECTIVES))
        if fits:
            return ("superlative" if what == "superlative" else "comparison", f"{fits[0]}{ending}")
    return None

"""Questions that are not about the product's features: trouble, money back, bargaining, law, small talk."""

from __future__ import annotations

import re

BARGAIN, SMALL_TALK = "a better price is asked for", "small talk"
_PATTERNS: tuple[tuple[str, str], ...] = (
    (
        "a fault is reported",
        r"\b(?:bugs?|buggy|glitch\w*|crash(?:es|ed|ing)?|broken|freez(?:es|ing)|frozen|outage|malfunction\w*)\b"
        r"|\b(?:not|isn'?t|aren'?t|stopped|doesn'?t|don'?t|won'?t|didn'?t|never) (?:\w+ )?(?:load|loading|work|working|respond|responding|sav(?:e|ing)|syncing|sync|send|sending|open|opening|start|starting|updat(?:e|ing))\b(?! (?:on|with|in|without) (?:my|our|the|this) (?:\w+ )?(?:plan|subscription|tier))"
        r"|\b(?:keeps?|kept|is|are|always|constantly|suddenly) (?:on )?failing\b|\b(?:fails?|failed) (?:again|today|since|every time|constantly|all the time|with)\b|\b(?:get|getting|got|gives?|giving|gave|shows?|showing|see|seeing|throws?|throwing|with|an|the following) (?:me |us )?(?:an? |the |some )?(?:\w+ )?errors?\b(?! (?:tracking|alerts?|monitoring|handling|reports?|logs?))|\b(?:http|status|code|getting an?|an?) (?:404|500|502|503|504)\b"
        r"|\b(?:site|app|server|service|system|everything|it|page|dashboard|login)(?: is|'s| are| seems| appears)(?: all| completely| again)* (?:down|offline|slow|unreachable|stuck|blank)\b"
        r"|\b(?:lost|losing|missing) (?:all )?(?:my|our) (?:data|work|files|changes)\b|\bdata (?:is |was |has )?(?:gone|lost|disappeared|vanished)\b|\bwrong (?:results?|numbers?|figures?|data|totals?|amounts?)\b|\b(?:keeps?|kept) (?:loading|spinning|crashing|failing|logging me out)\b|\btimed? ?out\b|\bstuck (?:on|at)\b",
    ),
    (
        "money back or the end of a contract is asked for",
        r"\brefund(?:s|ed|ing)?\b|\bmoney back\b|\bcharge ?back\b|\b(?:charged|billed|debited|invoiced) (?:me |us |our \w+ |my \w+ )?(?:twice|wrongly|incorrectly|double|too much|again|without)|\bovercharged\b|\bdouble charge\b|\bdispute (?:a|the|this|my|our) (?:charge|invoice|bill|payment)"
        r"|\b(?:cancel|cancell?ing|cancell?ation|terminate|terminating|stop|end|quit) (?:of )?(?:my|our|the|this|your) (?:\w+ )?(?:subscription|account|plan|contract|membership|trial|renewal|service|package)\b|\b(?:close|delete|remove|deactivate) (?:my|our|the) (?:whole |entire )?(?:account|workspace|company account)\b|\bunsubscribe\b|\b(?:want|like|how|need|going|way) (?:to|do i|do we|can i|can we) (?:cancel|unsubscribe|quit|leave|downgrade)\b|\bdon'?t (?:renew|want to renew)\b"
        r"|\b(?:wrong|incorrect|mistake (?:on|in)) (?:\w+ )?(?:invoice|bill|charge)\b|\bpayment (?:failed|declined|was declined|did not go through)\b|\b(?:card|payment) (?:was|is|got) (?:declined|rejected)\b",
    ),
    (
        BARGAIN,
        r"\bdiscount(?:s|ed)?\b|\bcoupons?\b|\b(?:promo|voucher|rebate)(?: ?codes?)?\b|\bcheaper\b|\b(?:better|lower|special|reduced|best) (?:price|deal|rate|offer)\b|\bnegotiat\w+|\b\d{1,2} ?(?:%|percent) off\b|\bprice match\w*|\bmatch (?:their|the|a|your) (?:\w+ )?price|\bhaggl\w+|\bcome down (?:on|in) (?:the )?price|\bknock (?:\S+ )?off\b|\btoo expensive\b|\b(?:waive|drop) (?:the|that|this) (?:fee|charge|price)|\bdeal (?:for|on) (?:us|me)\b",
    ),
    (
        "a legal matter",
        r"\b(?:lawsuit|sue|sued|suing|lawyers?|attorneys?|legal (?:action|claim|advice|question|dispute|department|team)|court|liabilit\w+|subpoena|breach of contract|terms (?:of service|and conditions|of use)|privacy policy|damages|warranty)\b|\b(?:sign|send|review|return|countersign) (?:\w+ ){0,2}(?:nda|msa|dpa|contract|agreement)\b",
    ),
    (
        "somebody cannot get into an account",
        r"\b(?:forgot|forgotten|lost|reset|recover|change) (?:my|our|the|his|her|their) (?:\w+ )?(?:password|login|credentials|pin)\b|\blocked out\b|\b(?:can'?t|cannot|can not|unable to|not able to|couldn'?t) (?:log|sign) ?(?:in|on)\b|\b(?:log|sign) ?in (?:fails|failed|problem|trouble|issue)\b",
    ),
    (
        SMALL_TALK,
        r"\b(?:tell|know|give me|make) (?:me )?(?:a|any|some|another) (?:joke|poem|story|song|riddle|fun fact)s?\b|\bhow(?:'s| is| are) (?:you|it going|things|life|your day)\b|\bhow are you\b|\bwho (?:are|made|built|created|wrote) you\b|\bwhat(?:'s| is) your (?:name|age|favou?rite)\b|\bare you (?:a |an )?(?:bot|robot|human|real|ai|person|alive|machine|there)\b"
        r"|\b(?:weather|football|soccer score|world cup|recipe|horoscope|lottery)\b|\b(?:good (?:morning|afternoon|evening|night)|thank you(?: so much| very much)?|thanks(?: a lot)?|bye|goodbye|see you|have a nice day)[\s!.,]*$|\bi (?:love|hate) you\b|\bwrite (?:me )?(?:a|an) (?:poem|essay|song|story|joke|letter)\b",
    ),
    (
        "instructions to the assistant",
        r"\b(?:ignore|disregard|forget|override) (?:all |any |your |the |previous |prior |above |these |those |my )+(?:instructions?|rules?|prompts?|guidelines?|directions?|restrictions?)\b|\bsystem prompt\b|\b(?:you are|act as|pretend (?:to be|you)) (?:now |a |an )\w+|\bjailbreak\b|\bdeveloper mode\b|\breveal (?:your|the) (?:\w+ )?(?:prompt|instructions|rules|notes)\b",
    ),
    (
        "a person is asked for",
        r"\b(?:talk|speak|chat|connect me|put me through|transfer me|get me) (?:to|with) (?:a|an|your|the|some|one of your) (?:\w+ )?(?:human|agent|representative|rep|salesperson|sales(?: team| rep)?|real person|operator|supervisor)\b|\b(?:human|real person|live agent) please\b",
    ),
)  # fmt: skip
_COMPILED = tuple((reason, re.compile(pattern, re.IGNORECASE)) for reason, pattern in _PATTERNS)

_ABOUT_US = re.compile(
    r"\b(?:i|we|my|our|us|me|you|your|plan|plans|account|subscription|workspace|package|tier|here|this|it|app|product|feature"
    r"|upgrade|included|available|limit|ours|mine)\b",
    re.IGNORECASE,
)


_CODE = re.compile(
    r"^\s*(?:def \w+\(|class \w+[:({]|from \w+ import |import \w+(?:\.\w+)*;?$|function\b.*\{|(?:const|let|var) \w+ ?="
    r"|select\b.+\bfrom\b|#include|public (?:static|class)|<\?xml|traceback \(most)",
    re.IGNORECASE | re.MULTILINE,
)
_SIGNS_OF_CODE = frozenset("{}()[];=<>|\\")
_CODE_SHARE, _CODE_LEAST = 0.08, 8
"""A text of so many brackets and signs is no sentence."""


def trouble(text: str) -> tuple[str, str] | None:
    """What the question is about instead of features, and the words that say so; None where nothing does."""
    for reason, pattern in _COMPILED:
        found = pattern.search(text)
        if found is not None:
            return reason, found[0]
    signs = sum(c in _SIGNS_OF_CODE for c in text)
    if _CODE.search(text) or (signs >= _CODE_LEAST and signs >= _CODE_SHARE * len(text)):
        return "code was pasted", ""
    return None


def is_about_us(text: str) -> bool:
    """True where asker, product or plan are spoken of, or where only a name stands."""
    return (
        len(text.split()) <= 4 and not text.lower().startswith(("what is", "who ", "when ", "why "))
    ) or bool(_ABOUT_US.search(text))

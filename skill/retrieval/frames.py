"""How people frame a question: the words and turns of phrase around the thing that is asked about."""

from __future__ import annotations

import json
import re
from importlib.resources import files

_LISTS: dict[str, list[str]] = json.loads(
    files("skill.retrieval").joinpath("frames.json").read_text(encoding="utf-8")
)


def _words(name: str) -> frozenset[str]:
    return frozenset(" ".join(_LISTS[name]).split())


FUNCTION = _words("function")
"""Words that hold a sentence together and name nothing."""
NUMBERS = _words("numbers")
"""Numbers in words."""
QUANTITY = _words("quantity")
"""Words that speak of an amount rather than of what is counted, where an amount is asked about."""
COMMON = _words("common")
"""Words of every day: they say less about which thing is meant than the words of the trade."""
GENERIC = _words("generic")
"""Words that say little about which thing is meant, wherever they stand."""
FRAME = _words("frame")
"""Words that ask rather than name, where they stand at either end of a sentence."""
CLOSING = _words("closing")
"""Words that close a question without naming anything."""
LEADS = _words("leads")
"""Words behind which a wish begins (`can we ...`, `a way to ...`)."""
ACCESS_TO = _words("access_to")
"""Words whose `to` is followed by a name."""
FOREIGN = _words("foreign")
"""Words that hold sentences of other languages together, and are no English ones: what they ask is no name."""
NAMING = _words("naming")
"""Verbs of having: what stands behind them is a name, not a wish."""
NOUNS = _words("nouns")
"""Frame words that may be the thing itself, where nothing else is left."""
ASKING = _words("asking")
"""Frame words that never are."""
PRONOUNS = _words("pronouns")
"""Words of a wish told in a sentence; a name has none of them."""

STRONG = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\b(?:(?:on|in|from) )?(?:your|the) (?:\w+ )?(?:website|web ?site|homepage|site|pricing page|price list|docs|documentation|help page|brochure|ad|blog)\b,? ?(?:i |we )?(?:says?|said|reads?|states?|claims?|mentions?|promises?|lists?|shows?|saw|found|see)?(?: (?:that|about|of))?(?: (?:there (?:is|are)|you (?:have|offer)))?",
        r"\b(?:which|what|how many) of (?:those|these|them|the two|both) (?:do|can|are|is|does|would|will)\b[^.?!]*",
        r"\b(?:according to|it says (?:on|in)|as (?:per|stated (?:on|in)))(?= (?:your|the)\b)",
        r"\b(?:shows?|has|with|behind|under) (?:a |an |the )?(?:padlock|lock icon|lock symbol|lock|crown)\b",
        r"\b(?:is|are) (?:that|this|it|they|these|those) (?:something |a thing )?(?:we|i|you) (?:can|could|may) (?:use|do|have|get)\b(?: already)?",
        r"\bare we (?:all )?(?:set up|set|ready|covered|good|entitled) ?(?:for (?:it|that|this))?",
        r"\bplann?ing (?:a|an|our|the|some) (?:\w+ )?(?:project|launch|rollout|campaign|migration|initiative) (?:around|with|on|for|using)\b",
        r"\b(?:part of|included in|covered by|comes? with|within) (?:what|the (?:plan|package|price)) we(?:'re| are)? pay(?:ing)?(?: for)?",
        r"\bpart of (?:what we pay for|(?:my|our|the|this) (?:\w+ )?(?:plan|package|subscription|deal|contract|license|tier))\b",
        r"\b(?:on|in|with|under|for|within) (?:my|our|the|this|your|their) (?:current |present |existing |own |\w+ )?(?:plan|subscription|package|tier|edition|contract|account|workspace plan)\b",
        r"\b(?:anywhere|somewhere) (?:in|on|under|inside|within) (?:the |my |our )?(?:settings?|menus?|app|product|interface|account|dashboard|screens?)\b",
        r"\b(?:it |that )?(?:would|does|did|will|do)(?: not|n't|nt) (?:let|allow) (?:me|us|my team|anyone)\b",
        r"\b(?:is|are|was|shows? (?:up )?as|looks?) (?:gr[ae]yed[ -]?out|disabled|locked|hidden|missing|unavailable|inactive)\b(?: for (?:me|us|my \w+|our \w+))?",
        r"\b(?:i|we) (?:can ?not|can't|cant|couldn't|could not|don't|do not) (?:seem to )?(?:find|see|locate|spot|access|use|open)(?: the (?:button|option|menu|setting|switch)(?: (?:for|to))?)?",
        r"\bby (?:next|the end of(?: the| this)?|this|end of) ?(?:next )?(?:day|week|month|quarter|year|sprint|friday|monday)\b",
        r"\b(?:next|this|from next|starting next) (?:week|month|quarter|year)\b",
        r"\b(?:my|our|the) (?:boss|manager|cto|ceo|cfo|director|head of \w+|lead|colleagues?|client|customer|director) (?:(?:has )?(?:asked|asks|wants?|wonders?|is asking|needs?|would like|insists)(?: (?:me|us))?)(?: (?:to know|whether|if|about|for|that|on))*",
        r"\bis (?:that|this|it) (?:covered|included|enough|ok|okay|fine|possible|allowed|available|supported)(?: (?:already|by|in|on|with|within|under) (?:our|my|the|this) (?:\w+ )?(?:plan|package|subscription|tier))?",
        r"\b(?:what|which) (?:are|would be|is) (?:our|my|the) (?:options?|choices|best option|way forward)\b",
        r"\bhow (?:do|can|could|would|should) (?:i|we|you) (?:get|buy|add|obtain|unlock|order|purchase) more\b(?: of (?:them|those|it|that))?",
        r"\b(?:what|how) about\b",
        r"^\W*(?:has|have|does|do|did|can|could|will|would|is|are) (?:my|our|the|this) (?:workspace|organi[sz]ation|account|company|team|department|site|tenant|office|agency|firm|group|school)(?: already)? "
        r"(?:got|have|has|get|gets|include|includes|use|support|come with|comes with|contain|offer)\b",
        r"\bwhat (?:do|would|must|should|can) (?:i|we) (?:have to |need to )?(?:buy|pay for|get|purchase|order|upgrade to|do)\b(?: (?:for|to get|to have) (?:it|that|this|them))?",
        r"\b(?:do|does|would|should|must) (?:i|we) (?:have|need) to (?:buy|pay for|upgrade to|purchase|order)\b",
        r"\b(?:before|until|when|once|if) we (?:roll|start|go|sign|buy|renew|decide|move|launch|switch)\b.*$",
        r"\b(?:and|but) nothing (?:happens|happened|works|worked)\b",
        r"\b(?:seems?|appears?) to be (?:missing|gone|hidden|locked|disabled)(?: (?:from|in) (?:my|our|the) \w+)?",
        r"\b(?:something|anything) (?:that )?(?:you|your \w+) (?:offers?|sells?|ha(?:ve|s)|provides?|supports?|do|does|can do)\b",
        r"\b(?:it )?(?:tells|says|asks|wants|told|asked) (?:to |me to |us to |that )*(?:i |we )?(?:need to |have to |must )?(?:upgrade|pay)\b",
        r"\b(?:but|with) no (?:luck|success)\b|\ball good\b|\bhow come\b|\bno idea how\b|\bis (?:she|he|that|this|it) (?:right|true|correct)\b",
        r"\b(?:comes?|is|are|for) (?:for )?free\b|\b(?:costs?|is) extra\b|\bat (?:no|an) extra (?:cost|charge)\b",
        r"\b(?:in|during|at) (?:the|your|a) (?:demo|webinar|trial|sales call|presentation)\b",
        r"\b(?:i|we) (?:was|were|have been|been) (?:told|promised|informed)(?: that| about)?(?: (?:i|we) (?:would|will|can|could|should)? ?(?:get|have|use)?)?",
        r"\b(?:my|our|a|one of our|some of our) (?:colleagues?|clients?|customers?|teammates?|coworkers?|boss|manager|it (?:team|department|guy)|procurement|finance team|security team|legal team)(?: of ours)? "
        r"(?:says?|said|thinks?|claims?|asks?|asked|insists?|wants?|needs?|keeps? asking|is asking|are asking|requires?)(?: (?:me|us))?(?: (?:that|for|if|whether|on|about|to))*",
        r"\bfor (?:my|our|all|the|all my|all our|all of our) (?:\w+ )?(?:colleagues|coworkers|teammates|users|team|staff|people|department|company|employees)\s*$",
        r"\b(?:we|i) (?:can ?not|can't|cant) (?:get by|live|work|do) without\b",
        r"\b(?:does|do|is|has|have) (?:the |my |our |your )?(?:free|starter|basic|standard|pro|team|business|premium|enterprise|plus|growth|essentials?|professional|current|cheapest|highest|lowest|lower|higher|top) (?:plan|tier|edition|package|version|subscription)\b",
    )
)
"""Turns of phrase that frame a question, wherever they stand."""

PRICE = re.compile(
    r"\bhow much (?:is|are|does|do|would|will|for|extra|more|money|to (?:add|get|have|upgrade))\b(?!.*\b(?:left|remain))"
    r"|\b(?:price|prices|pricing|priced|cost|costs|costing|expensive|fee|fees)\b|\bwhat (?:do|does|would|will) (?:\S+ ){1,6}(?:cost|set (?:us|me) back)\b"
    r"|\bset (?:us|me) back\b|\bhow (?:expensive|cheap|costly)\b|\bwhat (?:would|do|will|must) (?:we|i) (?:have to )?pay\b|\bpay (?:extra|more) for\b|\bextra charge\b|\bcharge(?:d)? (?:extra|for)\b",
    re.IGNORECASE,
)
ASKS_PRICE = re.compile(
    r"\bhow much (?:is|are|does|do|would|will|for|extra|more|money|to (?:add|get|have))\b|\b(?:cost|costs|set (?:us|me|you) back)\b|\b(?:the |a )?prices? (?:of|for)\b|\bpricing (?:of|for)\b|\bwhat(?:'s| is) the (?:price|cost|fee)\b"
    r"|\bhow (?:expensive|cheap|costly)\b|\bwhat (?:would|do|will|must) (?:we|i) (?:have to )?pay(?: (?:extra|more))?(?: for)?\b|\b(?:extra|additional) (?:charge|fee|cost)s?\b",
    re.IGNORECASE,
)
"""The part of a price question that names nothing."""

CAUSES = re.compile(
    r"\b(?:possible|way|like|love|able|how|want|wish|need|help (?:me|us)|options?) (?:for (?:me|us|\w+ \w+) )?(?:to )?(?:have|get) (?!access|more|the|our|my|a )\w+ (?!of\b)\w+ \w+ \w+",
    re.IGNORECASE,
)
"""`to have everyone log in`: a wish told with `have` or `get`."""

HOW_MUCH_OF = re.compile(
    r"\bhow much (?!(?:is|are|does|do|would|will|for|extra|more|money|to|it|cost|i|we)\b)\w+",
    re.IGNORECASE,
)
MORE = re.compile(
    r"\b(?:us(?:ed|ing) up|run(?:s|ning)? (?:out|low|short)|ran out|gone? (?:past|over|beyond|through)|go(?:ing)? (?:past|over|beyond|above)|went (?:over|past)|exceed\w*|overr?un"
    r"|max(?:ed)? out|maxed|hit(?:ting)? (?:the|our|my|a|its)|bump(?:ed|ing)? (?:into|against|up)|reach(?:ed|ing)? (?:the|our|my|its|a)|at (?:our|the|my) (?:limit|cap|max\w*)"
    r"|(?:close|near|nearly|almost) (?:to |at |out|full)|nearing|outgrow\w*|outgrown|(?:need|want|get|buy|add|have|order|purchase|require|like) (?:some |a few |a bit |a lot |any |even )?(?:more|extra|additional|another)\b|how (?:do|can|could|would) (?:we|i) (?:get|add|buy|have|obtain) more"
    r"|(?:increase|raise|extend|expand|lift|boost|bump|up|grow) (?:our|the|my|its|that|this)|top(?:ping)? up|not enough|too (?:few|little|small|low)|isn't enough|no (?:more )?\w+ left"
    r"|beyond (?:our|the|my)|over (?:our|the|my) (?:limit|quota|cap|allowance)|is full|are full|all full|exhausted|(?:above|over|past) (?:our|the|my))\b",
    re.IGNORECASE,
)
LIMIT = re.compile(
    r"\bhow (?:many|much|long|far|large|big|often|high|small|frequently|old|fast)\b|\b(?:limits?|cap|caps|capped|quota|quotas|allowance|max|maximum|ceiling|upper bound|at most|restriction on|allotment|number of|amount of|retention period)\b"
    r"|\bunlimited\b|\bhow (?:many|much)\b.*\bleft\b",
    re.IGNORECASE,
)
ENOUGH = re.compile(
    r"\b(?:up to|need|needs|needed|needing|require|requires|want|covered|cover|enough|suffice|sufficient|fit|allow(?:s|ed)?|ok|okay|fine|possible|handle|support|can (?:we|i|you|my|our|it)|could (?:we|i)|"
    r"able to|go to|grow to|scale to|have|add|store|invite|host|create|is|are|will|would|does|do|to)\b",
    re.IGNORECASE,
)
WHAT = re.compile(
    r"^\W*(?:(?:hi|hello|hey|ok|so|and|please|but)\W+)*(?:what(?:'s|s| is| are| does)(?! (?:on|in|included|my|our|your|the (?:price|cost|limit|difference|plan|status))\b)(?! .*\b(?:cost|included?|limit)\b)"
    r"|(?:can|could|would) you (?:please )?(?:explain|tell me what|describe)\b|(?:please )?explain\b|tell me (?:more )?about\b|what do you mean by\b|how does .* work\b)",
    re.IGNORECASE,
)
"""`What is a webhook?`: somebody who wants to know what a thing is, before they ask whether they have it."""
BACK = re.compile(
    r"^\W*(?:(?:and|so|ok|okay|then|but|what about|how about|also)\W+)*(?:is|are|does|do|can|could|would|how much is|what does|how do (?:i|we) (?:get|use|buy|enable|turn on))?\W*\b(?:it|that|this|that one|this one|them|those|one)\b",
    re.IGNORECASE,
)
OPENERS = frozenset(["and", "so", "ok", "okay", "then", "but", "also"])
"""Words with which somebody goes on from what was said before."""
PLAIN = FUNCTION | FRAME | COMMON
"""Words that alone name nothing."""
BACK_OBJECT = re.compile(
    r"\b(?:use|uses|have|get|see|need|try|buy|enable|add|access|switch|turn) (?:it|that|them|this|those)(?: (?:on|too|as well))?\W*$",
    re.IGNORECASE,
)
"""`can everybody in my team use it?`"""
SENTENCE = re.compile(
    r"(?<=[.!?;])\s+|\n+|(?<=[.!?;])(?=[A-Z])"
    r"|,\s+(?=(?:can|could|is|are|do|does|did|will|would|should|may|all|how|what|where|when|which|but|so|any|please"
    r"|right|correct|ok|okay|yes|no|and (?:we|i|it|my|our|is|do|can)|or (?:is|do|does|can|are|should))\b)",
    re.IGNORECASE,
)

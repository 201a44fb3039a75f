"""How people frame a question: the words and turns of phrase around the thing that is asked about."""

from __future__ import annotations

import re

FUNCTION = frozenset(
    """a an the this that these those there here it its he she him her his they them their theirs i me my mine myself
    we us our ours ourselves you your yours one ones who whom whose which what when where why how if whether than then so
    such as at by for from in into of off on onto out over per to toward towards under until up upon via with within
    without about across after against along among around before behind below beside between beyond during except
    near since through throughout and or but nor yet not no nope yes is are was were be been being am do does did
    done doing have has had having can could may might must shall should will would wont cant cannot couldnt wouldnt
    dont doesnt didnt isnt arent wasnt werent hasnt havent im id ive ill were weve wed youre youve its thats theres
    whats wheres hows whos lets ok okay oh well just also too even still already only very really quite rather some
    any each every all both either neither other another same own more most much many few less least lot lots bit
    again ever never always now today currently actually basically simply etc eg ie s t d ll ve re m""".split()
)
"""Words that hold a sentence together and name nothing."""

NUMBERS = frozenset(
    """two three four five six seven eight nine ten eleven twelve fifteen twenty thirty forty fifty hundred thousand
    million dozen half twice""".split()
)

QUANTITY = frozenset(
    """limit limits limited cap caps capped quota quotas allowance max maximum min minimum left remaining remain used up
    taken full nearly almost additional extra more enough reach reached reaching hit hitting exceed exceeded exceeding
    raise raised increase increased extend extended past beyond over above out run running ran short low number amount
    per month monthly day daily year yearly week weekly hour total cover covered fit allowed permitted grow growing
    expect expecting around roughly approximately keep keeps going go how many much unlimited times each""".split()
)
"""Words that speak of an amount rather than of what is counted, where an amount is asked about."""

COMMON = frozenset(
    """push pull bring move leave stop hold handle happen deal pass drop pick put throw catch carry lead turn bit stuff
    guy guys folk lady man woman kid home house street town city world life day days morning evening night afternoon
    hour hours minute minutes week moment while past future ago early late always often sometimes usually rarely
    big bigger biggest small smaller long longer short shorter high higher low lower large larger huge tiny fast
    faster slow slower quick easy easier hard harder simple difficult nice cool fine bad worse worst wrong true false
    clear sure certain real main whole half single double extra special normal usual common similar different
    exactly roughly instead otherwise however therefore because since though although unless whenever wherever
    whatever somebody nobody else elsewhere somewhere here there away back forward together apart alone
    problem problems issue trouble reason case cases example point matter fact idea ideas thought word words
    person persons human staff member members employee employees user users department departments
    say says talk talks speak write writes read reads hear listen watch look looks feel feels seem seems appear
    become becomes stay stays remain live lives sit stand walk run runs came went gone done made took given
    decide decided choose chose wish hopes care cares worry worries matter matters belong belongs
    buy sell spend spent earn cost money free cheap expensive
    let lets allow allows help helps try tries tried check checks checked
    add adds added remove removes removed put puts save saves saved send sends sent open opens opened close closes
    start starts begin begins end ends finish finished continue continues keep keeps kept
    new old recent latest current previous next last first second third final
    many much several few couple various own same other another such
    forever soon tonight tomorrow yesterday monday tuesday wednesday thursday friday saturday sunday january february
    march april june july august september october november december spring summer autumn winter
    somehow anyway besides plus roughly nearly almost perhaps""".split()
)
"""Words of every day: they say less about which thing is meant than the words of the trade."""

FRAME = frozenset(
    """want wants wanted need needs needed needing like likes love wish wishes hope hoping hopes wonder wondering
    know knows ask asks asked asking tell tells say says said explain help helps let lets allow allows allowed enable
    enables enabled activate activated activating turn turned turning switch switched switching find finds finding
    found see seeing get gets getting got gotten use uses used using start starts started starting begin try tries
    tried trying come comes coming include includes included including cover covers covered offer offers offered
    offering provide provides provided look looking looks plan plans planning pay pays paying paid buy bought buying
    purchase purchased upgrade upgrading unlock unlocked available availability possible possibly able unable way ways
    option options chance please thanks thank thx hello hi hey dear sorry greetings wondering curious interested
    interest part package subscription tier edition license account team teams boss manager colleague colleagues
    customer client clients company business org office project projects product app tool software platform system
    feature features functionality capability capabilities function something anything thing things someone somebody
    anyone anybody everyone people folks month months week weeks quarter year years next last soon tomorrow tonight
    later by work works working go goes going went give gives given take takes took make makes made keep set
    setup sets show shows me button menu settings setting anywhere somewhere nowhere side list lists
    grayed gray locked disabled hidden missing visible
    nothing happens click clicked press screen entitled eligible entitlement right rights mean means meant
    think thinking considering evaluate evaluating consider roll rolling rollout launch launching adopt adopting
    introduce introducing involve involves involving require requires requiring relies rely depends depend built
    question quick wanted wondering couldnt understand figure access accessible support supports supported
    existing present within current ready possess possible perhaps maybe kindly best right supposed
    told demo saw says costs cost extra free luck wondered heard read anyway honestly hopefully basically asap urgent urgently""".split()
)
"""Words that ask rather than name, where they stand at either end of a sentence."""

LEADS = frozenset(
    """to we i you us me he she they somehow also please just anyone anybody everyone everybody someone somebody people
    users colleagues customers clients team staff it could can may might should would will""".split()
)
"""Words behind which a wish begins (`can we ...`, `a way to ...`); behind `have` or `include` stands a name."""

ACCESS_TO = frozenset(
    "access upgrade entitled subscribe switch subscribed due related related belong".split()
)
"""Words whose `to` is followed by a name."""

NOUNS = frozenset(
    """teams projects project clients client customers customer accounts account lists list apps app products product
    companies settings setting support access people users user license licenses tasks buttons menus screens months
    platform system tools software editions options requirements work office business""".split()
)
"""Frame words that may be the thing itself, where nothing else is left."""

ASKING = frozenset(
    """want wants wanted need needs like love wish hope wondering wonder know ask asks tell please thanks thank hello hi hey
    use using get getting plan plans package subscription tier include includes included available possible upgrade
    options option buy have months month week next soon button nothing something anything thing things work works
    dear sorry greetings question chance help way ways find see look today right feature features show mean means
    start set make take give come part best quick happens understand explain maybe perhaps kindly interested""".split()
)
"""Frame words that never are."""

CLOSING = frozenset(
    """please thanks thank thx already included available possible covered allowed supported offered enabled grayed gray
    locked disabled hidden missing plan subscription package tier soon next month months week weeks year quarter tomorrow
    tonight later anywhere somewhere nowhere use using wondering interested click clicked happens nothing understand
    upgrade upgrading maybe perhaps somehow either entitled eligible work works working set setup""".split()
)
"""Words that close a question without naming anything."""

GENERIC = frozenset(
    """thing things something anything everything someone somebody anyone anybody everyone everybody nobody people person
    folks new old big small great good best better different various several multiple certain specific use using used
    make making get getting have let allow help want need able way ways put place places kind sort type types stuff
    lot time times instead separate together automatically easily quickly directly really full whole complete own
    feature features product tool app software platform system company business team teams user users work works
    working thing go going set keep keeping see seeing look looking take taking give giving show happen happens
    happening come coming turn possible available include included month months plan plans account please""".split()
)
"""Words that say little about which thing is meant, wherever they stand."""

PRONOUNS = frozenset(
    """i me my we us our you your it its he she they them their someone somebody anyone anybody everyone everybody people
    something anything everything who whom what when where which how that whether if because so while""".split()
)
"""Words of a wish told in a sentence; a name has none of them."""

STRONG = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
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
BACK = re.compile(
    r"^\W*(?:(?:and|so|ok|okay|then|but|what about|how about|also)\W+)*(?:is|are|does|do|can|could|would|how much is|what does|how do (?:i|we) (?:get|use|buy|enable|turn on))?\W*\b(?:it|that|this|that one|this one|them|those|one)\b",
    re.IGNORECASE,
)
SENTENCE = re.compile(r"(?<=[.!?;])\s+|\n+|(?<=[.!?;])(?=[A-Z])")

"""What class of event a headline is about: words with weights, and what takes them back."""

import re

from models.types.news import Event

# Points that a class needs; what only the text says counts less, and less still the further it stands from the title.
ENOUGH, IN_TEXT, LOOKED_AT = 1.0, 0.3, 150
# Of a question: whether it happened is what it asks.
ASKED = 0.45
# The first of equals holds.
ORDER = (Event.HACK, Event.ETF, Event.LISTING, Event.EARNINGS, Event.MACRO, Event.REGULATION)
# What may be denied or asked; a fund that is not approved is news about funds.
DENIABLE = frozenset({Event.HACK, Event.LISTING})
DENIED = re.compile(
    r"\b(?:no|not|never|nor|without|den(?:y|ies|ied|ying)|refut(?:es|ed)|debunk(?:s|ed)|dismiss(?:es|ed)|false|fake"
    r"|(?:is|was|did|has|were|wo)n['\u2019]?t|rules out|avoid(?:s|ed)|prevent(?:s|ed|ing)?)\b[^.;:]{0,32}$"
)
DENIED_WITHIN = 48
QUARTER = r"(?:quarterly|(?:first|second|third|fourth)[ -]quarter|q[1-4])"
HACK, ETF, LISTING, EARNINGS, MACRO, REGULATION = ORDER
# Of two that begin at one place the first holds: what is special stands before what is general.
_WRITTEN: tuple[tuple[str, dict[Event, float]], ...] = (
    # What looks like news of a class, and is none.
    (r"growth hack\w*|life hacks?|heart attacks?|terror(?:ist)? attacks?|rules out|ruled out|bill gates|lists? of", {}),
    (
        r"profit[ -]taking|take profits?|(?:in|to|into|of|for) profits?|play[ -]to[ -]earn\w*|learn and earn"
        r"|profitab\w+",
        {},
    ),
    (r"\w+-listed|publicly[ -]listed|listed (?:as|compan\w+|firm|crypto|miner)|property listings?", {}),
    (r"maximi[sz]e|traders|passive (?:income|earning)|(?:by|targets|in) q[1-4]", {EARNINGS: -1.0}),
    (r"cbdcs?|digital (?:currenc\w+|dollar|euro|yuan|pound)|master account", {MACRO: -2.0}),
    (r"fed(?:eral)? (?:court|judge|prosecutors?)", {REGULATION: 1.5}),
    (r"(?:token|supply) inflation|inflate token", {}),
    (r"bug bount\w+|hackathons?", {HACK: -1.0}),
    # Hacks.
    (
        r"hack(?:s|ed|er|ers|ing)?|exploit(?:s|ed|er|ers|ing)?|phish(?:ing|ed|ers)|rug[ -]?pull(?:s|ed)?|malware"
        r"|ransomware"
        r"|flash[ -]loan attacks?|heists?|scam(?:s|med|mer|mers)?",
        {HACK: 2.0},
    ),
    (
        r"stolen|steals?|stole|stealing|drain(?:s|ed|er)|breach(?:es|ed)?|theft|thie(?:f|ves)|rugs|rug-potentials?"
        r"|lazarus|cyber ?attacks?|hijack(?:s|ed)?|siphon(?:s|ed)?|swindl\w+|conned",
        {HACK: 1.5},
    ),
    (
        r"vulnerabilit(?:y|ies)|attack(?:s|ed|er|ers)?|compromised?|ponzis?|honeypots?|backdoor|pump and dump"
        r"|fraudster",
        {HACK: 1.0},
    ),
    (r"fraud|leak(?:s|ed)?|victims?|impersonat\w+|security flaws?", {HACK: 0.5}),
    # Funds.
    (r"etfs?|etps?|etns?|exchange[ -]traded (?:fund|product|note)s?", {ETF: 5.0}),
    (r"gbtc|spot bitcoin|bitcoin trust|19b-4|bitcoin fund", {ETF: 1.5}),
    # Listings.
    (r"delist(?:s|ed|ing|ings)?|listing and delisting|listing announcements?", {LISTING: 2.5}),
    (
        r"listings?|to list|ipos?|spac|go(?:es|ing)? public|went public|trading debut"
        r"|(?:removes?|adds?|suspends?) [\w ,&-]{1,40}(?:trading|margin) pairs?|dual[ -]list\w*",
        {LISTING: 1.6},
    ),
    (
        r"lists|trading pairs?|(?:be|been|gets?|got|getting|is|are|was|now) listed|listed on|initial public offering",
        {LISTING: 1.2},
    ),
    # Earnings.
    (
        rf"earnings|impairments?|(?:net|gross) (?:income|loss|profit)|eps|{QUARTER} (?:results?|loss(?:es)?|profits?"
        rf"|revenues?|sales|numbers|report)",
        {EARNINGS: 2.0},
    ),
    (
        r"revenues?|quarterly|(?:beat|miss)(?:s|es|ed)? (?:estimates|expectations|forecasts)|profits? warning"
        r"|(?:raises|cuts) guidance"
        r"|(?:swings? to|posts?|reports?|posted|reported) (?:a |an )?(?:\$?[\d.]+\w* )?(?:loss|profit)",
        {EARNINGS: 1.2},
    ),
    (
        r"profits?|q[1-4]|ebitda|guidance|earning|earned|dividends?|made off|year-over-year|lost \$\d+\w*",
        {EARNINGS: 0.6},
    ),
    # The economy.
    (
        r"fomc|cpi|ppi|rate[ -](?:hikes?|cuts?|rises?|decision)|interest rates?|jackson hole|federal reserve"
        r"|fed tightening",
        {MACRO: 2.0},
    ),
    (
        r"the fed|fed|inflation|recessions?|powell|payrolls?|unemployment|employment figures|jobs (?:report|data)|gdp"
        r"|tapering|stagflation"
        r"|quantitative (?:easing|tightening)|treasury yields?",
        {MACRO: 1.6},
    ),
    (
        r"ecb|bank of (?:england|japan)|macro|macroeconomic\w*|dollar index|dxy|hawkish|dovish|yield curve"
        r"|bond yields|tightening"
        r"|monetary policy|consumer prices|economic (?:crisis|data|growth)|stimulus",
        {MACRO: 1.0},
    ),
    # States, courts and watchdogs.
    (r"law ?suits?|sue[sd]?|suing", {REGULATION: 2.0, MACRO: -2.0}),
    (
        r"regulat\w+|sanction(?:s|ed|ing)?|legislat\w+|lawmakers?|ban(?:s|ned|ning)?|legal challenges?|crackdowns?"
        r"|cracks? down|legali[sz]\w+|mica"
        r"|executive order|indict\w*|class[ -]action|outlaw\w*|subpoena\w*",
        {REGULATION: 2.0},
    ),
    (
        r"sec|cftc|fca|fatf|nydfs|finra|court|judge|judicial|fin(?:es|ed)|licen[sc]\w+|tax(?:es|ed|ation|able)?|bill"
        r"|laws?|senat\w+|congress\w*"
        r"|gensler|peirce|prison|jail\w*|sentenced|arrest\w*|convict\w*|guilty|charges|charged|prosecut\w+|doj"
        r"|department of justice|watchdogs?"
        r"|probe[sd]?|investigat\w+|illegal\w*|unlawful|compliance|legal (?:tender|status)|criminal case|plead\w*"
        r"|extradit\w+|attorney general",
        {REGULATION: 1.5},
    ),
    (
        r"lawyers?|treasury|authorit(?:y|ies)|policy|government|gov't|finance ministry|ministry of finance|legal"
        r"|trial|kyc|aml|money[ -]launder\w*"
        r"|settle(?:s|ment)|ofac|parliament|fbi|police|irs|hearing|approv(?:es|ed|al)|rules|rulings?|jurisdiction"
        r"|commissioner|white house|biden"
        r"|basel committee|seize[sd]?|confiscat\w+|us agencies|political|minister|financial assets|house committee"
        r"|imf|human rights|epa|legislators",
        {REGULATION: 1.0},
    ),
)
_WORDS = re.compile(
    "(?<![\\w-])(?:" + "|".join(f"(?P<_{n}>{written})" for n, (written, _) in enumerate(_WRITTEN)) + ")(?!\\w)"
)
_POINTS = {f"_{n}": points for n, (_, points) in enumerate(_WRITTEN)}


def event_of(title: str, text: str = "") -> Event:
    """The class with the most points by the weights of its words, OTHER where none has ENOUGH.

    Each word of a class counts once. What the title denies (`no hack`, `denies`) does not count, what it asks counts
    little; the first LOOKED_AT characters of the text count IN_TEXT of theirs.

    >>> event_of("SEC again delays decision on spot Bitcoin ETF")
    <Event.ETF: 'etf'>
    >>> event_of("Exchange denies hack")
    <Event.OTHER: 'other'>
    """
    points = dict.fromkeys(ORDER, 0.0)
    asked = ASKED if title.rstrip().endswith("?") else 1.0
    for line, share in ((title.lower(), 1.0), (text[:LOOKED_AT].lower(), IN_TEXT)):
        said = set()
        for found in _WORDS.finditer(line):
            group = found.lastgroup
            if group is None or found[0] in said:
                continue
            said.add(found[0])
            for event, weight in _POINTS[group].items():
                if event not in DENIABLE:
                    points[event] += share * weight
                elif not DENIED.search(line, max(0, found.start() - DENIED_WITHIN), found.start()):
                    points[event] += share * weight * asked
    best = max(ORDER, key=points.__getitem__)
    return best if points[best] >= ENOUGH else Event.OTHER

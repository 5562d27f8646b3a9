"""What words mean to whoever holds the asset: our own, written for markets; of a general lexicon they take the place.

Valences are -4 (the worst) to 4, as in the general lexicon; what stands under NOTHING is taken out of it.
"""

from collections.abc import Mapping
from types import MappingProxyType

NOTHING = """
share shares shared sharing interest interests interested trust trusts trusted security securities united energy value
values play plays player players party parties crude gross fan fans token please number dear like likes natural novel
matter true well yes no credit credits commit commits committed commitment create creates created care legal legally
agree agreed agreement asset assets certain clear clearly challenge demand demands fire free freedom fun grand hand
help helps helping helped ha hope increase increased increases increasing intelligent join joined lol lower low mine
miner miners ok okay original parley pay pays paid prevent prize protected protect protects protecting responsible
reward rewards save saves secure secured securely smart solution solutions special straight support supported
supporting supports sure top treasure want wants wealth welcome win-win worth significant significantly important
feature features kind dominance dominant active actively nice champion champions charged charge charges vision alive
debt debts share-holder treat chance luck strength engage engaged peace easy easily easier greater love justice adopts
bonus cut cuts cutting profit profits profitability revenue revenues sales earnings income ebit ebitda leading leader
best cool cancer dollar natural block blocks blocked amazing kill kills killer war battle fight fighting risk risks
defi dump
"""
"""Names of things, and words of advertisement."""

VALENCE: Mapping[float, str] = MappingProxyType(
    {
        3.0: "soars soar soared soaring skyrockets skyrocket skyrocketed skyrocketing moons mooning outperforms",
        2.5: """
            surge surges surged surging rally rallies rallied rallying jumps jumped jumping leaps leaped leapt spikes
            rocketing breakout approves approved approval bullish rebounds rebounded rebound rebounding outperform
            outperformed outperforming outperformance blockbuster all_time_high beats_estimates green_light
            swung_to_profit short_squeeze_on unbanned
        """,
        2.0: """
            gain gains gained gaining rise rises rose risen rising climb climbs climbed climbing advance advances
            advanced recover recovers recovered recovering recovery recoveries upgrade upgraded upgrades uptrend
            upside upbeat bull bulls breakthrough boost boosts boosted boosting grew growth expands expanded expanding
            expansion optimistic optimism accumulate accumulates accumulating accumulated accumulation inflow inflows
            strengthens strengthened strengthening strong stronger strongest robust thrive thrives thriving flourish
            flourishes tops topped doubles doubled tripled triples quadruples undervalued oversold buyback buybacks
            eased_off golden_cross higher_high up_by improved improve improves improving improvement record_profit
            legal_tender buy_the_dip breaking_out positive beat beats moon moonshot acquitted dismissed
            reinstated
        """,
        1.5: """
            growing grow grows higher highs high buy buys buying bought purchase purchases purchased adds adding
            partner partners partnered partnership partnerships collaborate collaborates collaboration adoption adopt
            adopted embrace embraces embraced integrates integrated integration lists listed debut debuts debuted
            secures raises raised funding milestone dividend dividends legalize legalizes legalised legalises legalise
            legalized legalization award awarded awards win wins won winning exceed exceeds exceeded exceeding
            profitable stabilize stabilizes stabilise stabilises stable resilient resilience rewarding accelerate
            accelerates accelerated holds_above long longs calls breakeven restores restored resumes resumed
            successful successfully success favorable favourable backs backed invest invests invested investing
        """,
        1.0: """
            launch launches launched launching unveils unveiled introduces introduced opens expand progress enables
            accepts accepting accept nears approaches hits gearing pushes donates donated hires hired hiring joins
            joint signed signs deal order_received supportive eyes regains regained reclaims reclaimed reclaim
        """,
        -1.0: """
            delay delays delayed delaying postpones postponed postpone uncertain uncertainty uncertainties concern
            concerns concerned caution cautious cautions warns warn warned warning warnings volatile volatility tax
            taxes taxed scrutiny scrutinize probe probes probed inquiry subpoena subpoenaed pressure pressured
            pressures questions cautionary overvalued overbought resistance liquidate tightening hawkish slow slows
            slowed slowing slowdown struggle struggles struggled struggling outage paused pause pauses halt halts
            halted suspend suspends suspended suspension restrict restricts restricted restriction restrictions limits
            resigns resigned resign departs departure steps_down controversy critic critics criticized criticizes
            criticism allege alleges alleged allegedly allegations accuse accuses accused complaint complaints dispute
            downside puts stagnant weak_hands competitive skeptical sceptical skepticism dilution
        """,
        -1.5: """
            decrease decreased decreases decreasing lowers lowered lowering lows reduces reduced reduction sell sells
            selling sold short shorts shorting shorted dip dips dipped dipping lose loses losing lost miss misses
            missed missing weak weaker weakens weakened weakening weakness retreat retreats retreated retreating
            pullback fine fined fines sanction sanctions sanctioned sanctioning crackdown crackdowns crack_down
            illegal illicit unlicensed unregistered investigate investigates investigated investigation investigations
            outflow outflows layoff layoffs lay_off redundancies redundancy dismissals shutdown shuts shut shutters
            closes_down delist delists delisted delisting exits fud fear fears feared worry worries worried worse
            worst worsen worsens worsened worsening worsened_on negative negatively disappointing disappoints
            disappointed disappointment downgrade downgraded downgrades correction bans ban banned banning prohibits
            prohibited prohibit lawsuit lawsuits sue sues sued suing arrest arrested arrests jail jailed prison guilty
            indicted indictment convicted seize seizes seized seizure unprofitable problem problems trouble troubled
            tough headwinds inflationary
        """,
        -2.0: """
            fall falls fell fallen falling drop drops dropped dropping decline declines declined declining slide
            slides slid sliding slip slips slipped slipping sink sinks sank sinking loss losses downtrend bear bears
            bearish tumbling selloff sell-off sell_off liquidation liquidations liquidated recession stagflation
            crunch underperform underperforms underperformed underperforming misses_estimates profit_warning down_by
            death_cross lower_low depeg depegs depegged depegging unpegged attack attacks attacked attacker attackers
            vulnerability vulnerabilities vulnerable bug breach breached breaches exploitable phishing malware freeze
            freezes froze frozen freezing halts_withdrawals rout slump slumps slumped slumping halved halves deficit
            default defaults defaulted dumping dumped breakdown bubble fraudulent shortfall swung_to_loss embezzled
            laundering launder laundered manipulation misled misleading breaking_down threat threatens threatened
            threatening suffer suffers suffered suffering turmoil
        """,
        -2.5: """
            plunge plunges plunged plunging tumble tumbles tumbled plummet plummets plummeted plummeting crash crashes
            crashed crashing crisis crises insolvent insolvency bankrupt bankruptcy bankruptcies collapse collapses
            collapsed collapsing hack hacks hacked hacker hackers exploit exploits exploited exploiting steal steals
            stole stolen theft thefts heist scam scams scammer scammers fraud frauds ponzi rug_pull contagion
            capitulation capitulate wiped_out bloodbath meltdown nosedive nosedives nosedived ransomware drained
            drains worthless implosion implodes imploded
        """,
    }
)
"""Words by valence; what is joined by an underscore is a phrase of PHRASES."""

PHRASES: Mapping[str, str] = MappingProxyType(
    {
        "all_time_high": r"all[- ]time[- ]highs?|record[- ]highs?|(?:new|fresh) aths?|(?:week|month|year)s?[- ]highs?",
        "lower_low": r"all[- ]time[- ]lows?|record[- ]lows?|(?:week|month|year)s?[- ]lows?|lower lows?",
        "higher_high": r"higher highs?",
        "beats_estimates": r"(?:beats?|tops?|topped|above|exceeds?|exceeded) "
        r"(?:the )?(?:analysts?'? |market |consensus )*(?:estimates?|expectations?|forecasts?|consensus)",
        "misses_estimates": r"(?:miss(?:es|ed)?|below|short of) "
        r"(?:the )?(?:analysts?'? |market |consensus )*(?:estimates?|expectations?|forecasts?|consensus)",
        "green_light": r"green[- ]light(?:s|ed)?|gets? (?:the )?nod|wins? approval|go[- ]ahead",
        "swung_to_profit": r"(?:swung|turned|swings?|turns?|returns?|returned) to (?:an? )?(?:\w+ )?profits?"
        r"|(?:compared (?:to|with)|versus|against) an? (?:\w+ )?loss",
        "swung_to_loss": r"(?:swung|turned|swings?|turns?|fell|slipped) (?:in)?to (?:an? )?(?:\w+ )?loss(?:es)?"
        r"|(?:compared (?:to|with)|versus|against) an? (?:\w+ )?profit",
        "profit_warning": r"profit warnings?|cuts? (?:its )?(?:outlook|guidance|forecast)",
        "golden_cross": r"golden cross",
        "death_cross": r"death cross",
        "up_by": r"(?:is|was|were|are) up|up (?:by|from|almost|nearly|over|more than)|up (?=[$€£\d])|turns? green",
        "down_by": r"(?:is|was|were|are) down|down (?:by|from|almost|nearly|over|more than)|down (?=[$€£\d])|turns? red"
        r"|in the red",
        "short_squeeze_on": r"short squeeze",
        "buy_the_dip": r"(?:buy|buys|buying|bought) the dips?",
        "breaking_out": r"(?:break|breaks|broke|breaking) (?:out|above|through)",
        "breaking_down": r"(?:break|breaks|broke|breaking) (?:down|below)|(?:loses?|lost) support",
        "holds_above": r"holds? (?:above|steady|support)",
        "sell_off": r"sell(?:s|ing)?[- ]offs?",
        "rug_pull": r"rug[- ]?pull(?:s|ed)?",
        "crack_down": r"cracks? down|cracking down",
        "wiped_out": r"wip(?:e|es|ed|ing) (?:out|off)",
        "lay_off": r"la(?:y|ys|id|ying)[- ]off|(?:cut|cuts|cutting|slash(?:es)?) (?:\w+ )?(?:jobs|staff|workforce)",
        "steps_down": r"step(?:s|ped|ping)? down",
        "closes_down": r"(?:shut|shuts|shutting|closes?|closing) down",
        "halts_withdrawals": r"(?:halt|pause|suspend|freeze|block)(?:s|ed|ing)? (?:all )?(?:\w+ )?withdrawals?",
        "legal_tender": r"legal tender",
        "order_received": r"(?:received|receives|wins?|won|awarded) (?:an? )?(?:\w+ )?(?:order|contract)s?",
        "record_profit": r"record (?:\w+ )?(?:profits?|revenues?|sales|earnings|inflows?|volumes?)",
        "weak_hands": r"weak hands|paper hands",
    }
)
"""Phrases that say more than their words, as regular expressions over lower-case text; the first that fits is taken."""

BAD_THINGS = """
loss losses cost costs debt debts unemployment inflation deficit expenses outflow outflows liquidations fees
complaints defaults layoffs jobless bankruptcies hacks scams risk risks fears concerns rates
"""
"""What it is good to have less of."""

LESS = """
fell fall falls falling decreased decrease decreases decreasing narrowed narrows narrow narrowing shrank shrinks
shrink drop drops dropped declined declines decline declining lower lowered lowers reduced reduces reduce reducing
eased eases ease easing cools cooled cooling slows slowed cut cuts cutting diminished trimmed halved smaller
"""
MORE = """
rose rise rises rising increased increase increases increasing widened widens widen widening grew grows growing jumped
jumps climbs climbed soars soared surges surged higher mounting mount mounts spikes larger
"""
REACH = 4
"""Words between a bad thing and what becomes of it."""
EASED, WORSENED = "eased_off", "worsened_on"

"""Which language a line is in: by its script, and where that is Latin by the small words of each language."""

import re

UNKNOWN = "und"
# Letters that few languages share, in the order in which they decide: kana before the signs that Japanese shares.
SCRIPTS = (
    ("ja", re.compile("[\\u3041-\\u30ff]")),
    ("ko", re.compile("[\\u1100-\\u11ff\\uac00-\\ud7a3]")),
    ("zh", re.compile("[\\u4e00-\\u9fff]")),
    ("uk", re.compile("[іїєґІЇЄҐ]")),
    ("ru", re.compile("[\\u0400-\\u04ff]")),
    ("ar", re.compile("[\\u0600-\\u06ff]")),
    ("he", re.compile("[\\u05d0-\\u05ea]")),
    ("el", re.compile("[\\u0370-\\u03ff]")),
    ("hi", re.compile("[\\u0900-\\u097f]")),
    ("th", re.compile("[\\u0e00-\\u0e7f]")),
)
# Of the letters of a line this share must be of a script: a foreign name makes no foreign line.
SHARE = 0.2
# Languages of a script that one letter tells from the first one.
LETTERS = {
    "ru": ("uk", re.compile("[\u0456\u0457\u0454\u0491]")),
    "ar": ("fa", re.compile("[\u067e\u0686\u0698\u06af]")),
}
LATIN = {
    "en": "the a an one another of to and in for on with as is are at by from after its it be will has have not"
    " this that what why how who when"
    " over into up out about against amid before but can could may more new says said than their you your we was"
    " were his her"
    " he she they would should there or if all off down under near year week day market markets price prices rise"
    " rises rising"
    " rose fall falls falling fell drop drops jump jumps surge surges launches launch report reports raises raise"
    " hits hit"
    " gains losses holds trading stocks shares news first high low bank bill here buys buy sells sell adds files"
    " sues plans"
    " announces announced reveals unveils makes gets bull bear rally rallies recover struggle mining exchange"
    " exchanges"
    " million billion company companies deal crypto cryptocurrency hack hacked listing analysis top biggest"
    " largest world"
    " explained guide users adoption investors traders regulators lawmakers court charges fund funds warns wants"
    " shows seeks"
    " ready set back still just now no get make take use using between across through during"
    " despite due do yet including according allegedly key joins acquires another allegedly",
    "es": "el los las una unos del al por para con que como más pero su sus se es son está fue ha han sobre entre"
    " desde hasta"
    " muy también según tras ante este esta mercado precio sube cae",
    "pt": "o os as vai um uma do da dos das ao aos não em na no nos nas por para com que como mais mas seu sua é são"
    " está foi"
    " sobre entre até também após diz mercado preço sobe cai",
    "fr": "le les une des du au aux et est sont dans pour par avec que qui sur pas plus mais son ses ce cette il elle"
    " nous vous a été après selon contre depuis marché prix hausse baisse",
    "de": "der die das den dem des ein eine einen einem einer und ist sind im zu zum zur von vom mit auf für"
    " nicht auch"
    " als nach bei aus wird werden hat über wie gegen noch sich steigt fällt kurs",
    "it": "il lo gli una del della dei delle degli al alla di e è sono nel nella per con che come più ma su da dal"
    " dalla si non ha anche dopo secondo mercato prezzo sale scende",
    "nl": "de het een en van op met voor niet zijn ook als naar bij uit wordt heeft over maar door dat aan nog"
    " deze koers stijgt daalt",
    "tr": "ve bir bu için ile da de çok olarak daha sonra kadar göre ise yeni olan gibi yüzde oldu etti yükseldi düştü",
    "pl": "i w z na do się nie to jest o za od po przez dla jak ale są oraz przed cena kurs rynek wzrosła spada",
    "id": "yang di dan ke dari ini itu dengan untuk pada tidak akan telah harga naik turun lebih oleh dalam pasar"
    " saham juga",
    "vi": "của và là các một được cho không có trong với những này khi đã để người tăng giảm giá",
    "sv": "och att det som en på är av för med den till inte om ett har från kan nya efter kursen stiger faller",
}
WORD = re.compile(r"[^\W\d_]+")
_SAID_BY: dict[str, tuple[str, ...]] = {}
for _name, _small in LATIN.items():
    for _one in dict.fromkeys(_small.split()):
        _SAID_BY[_one] = (*_SAID_BY.get(_one, ()), _name)


def language_of(text: str) -> str:
    """ISO 639-1 of the language that a canonical text is in, UNKNOWN where nobody can say.

    The language with the most small words, the first of LATIN among equals; without any it is not known. A word that k
    languages have counts 1 / k.

    >>> language_of("Bitcoin holds as Fed waits"), language_of("Der Kurs steigt"), language_of("BTC ETH SOL")
    ('en', 'de', 'und')
    """
    if not text.isascii():
        letters = sum(map(str.isalpha, text))
        for name, script in SCRIPTS:
            if len(script.findall(text)) > SHARE * letters:
                other, letter = LETTERS.get(name, (name, script))
                return other if letter.search(text.lower()) else name
    points: dict[str, float] = {}
    for word in WORD.findall(text.lower()):
        said_by = _SAID_BY.get(word, ())
        for name in said_by:
            points[name] = points.get(name, 0.0) + 1.0 / len(said_by)
    return max(LATIN, key=lambda one: points.get(one, 0.0)) if points else UNKNOWN

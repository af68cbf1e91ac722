"""The scripts of random names: their letters, what a name may hold beside them, and words the importer knows."""

import unicodedata
from collections.abc import Sequence
from itertools import product
from typing import NamedTuple


class Script(NamedTuple):
    """What words are made of, and what stands before, between and inside the words of a name.

    ``letters`` are syllables where vowels are signs, ``sizes`` say how many of them make a word.
    ``titles`` and ``organisations`` are words by which the importer knows the two.
    """

    letters: Sequence[str]
    sizes: tuple[int, int] = (3, 8)
    initials: Sequence[str] = ()
    addresses: Sequence[str] = ()
    beginnings: Sequence[str] = ()
    particles: Sequence[str] = ()
    commas: Sequence[str] = (", ",)
    hyphens: Sequence[str] = "-‐‑"
    apostrophes: Sequence[str] = ()
    titles: Sequence[str] = ()
    organisations: Sequence[str] = ()


def _between(first: str, last: str) -> list[str]:
    points = map(chr, range(ord(first), ord(last) + 1))
    return [point for point in points if unicodedata.category(point) in {"Ll", "Lo"}]


def _syllables(*parts: Sequence[str]) -> list[str]:
    return list(map("".join, product(*parts)))


LATIN = Script(
    letters=[*_between("a", "z") * 4, *_between("ß", "ň"), *_between("ŋ", "ž"), *_between("ạ", "ỹ"), *"əșțơư"],
    initials="ABCÇÐDEÉGHİJKŁMNØPRSŞTÜVWXYZŽ",
    addresses=["Dr.", "Prof.", "Mme", "Rev."],
    hyphens=["-", "‐", "‑", " y ", " e "],
    beginnings=["O’", "O'", "d’", "D'", "al-", "Al-", "Mc", "’t ", "'t ", "ʻ", "‘", "G/"],
    particles=["van der", "de la", "de", "du", "von", "bin", "ibn", "dos", "d’", "ap", "oğlu", "zu"],
    apostrophes="'’ʼʻ‘",
    titles=["Chair", "Co-Director", "lawyer", "Présidente", "sədr", "Member of the Board", "political analyst"],
    organisations=["Club", "Union", "NGO", "Fondation", "Verein", "Birliyi", "Centre", "Society", "Network", "Vakfı"],
)
CYRILLIC = Script(
    letters=[*_between("а", "џ"), *"ґғқҳө"],
    initials="АБВГДЖІКЛМЄЮЯ",
    addresses=["Д-р", "Проф."],
    beginnings=["д’", "аль-", "О'"],
    particles=["фон", "де", "ибн", "оглы"],
    apostrophes="'’ʼ",
    titles=["журналист", "Председатель", "голова", "правозащитница", "адвокат"],
    organisations=["Фонд", "Союз", "Общество", "НКО", "Центр", "організація"],
)
ARMENIAN = Script(
    letters=_between("ա", "և"),
    initials="ԱԲԳԴԵՀՄՍՎ",
    addresses=["Դր.", "Պրոֆ."],
    beginnings=["Տեր-", "դ՚"],
    particles=["դե", "Տեր"],
    hyphens="-֊",
    apostrophes="՚’",
    titles=["նախագահ", "լրագրող", "իրավապաշտպան"],
    organisations=["ՀԿ", "միություն", "հիմնադրամ", "կենտրոն"],
)
GEORGIAN = Script(
    letters=_between("ა", "ჰ"),
    initials="აბგდეთმნს",
    beginnings=["დ’"],
    particles=["ფონ", "დე"],
    titles=["თავმჯდომარე", "ჟურნალისტი", "იურისტი"],
    organisations=["კავშირი", "ფონდი", "ცენტრი", "შპს"],
)
GREEK = Script(
    letters=_between("ά", "ώ"), initials="ΑΒΓΔΕΗΘΚΛΜ", addresses=["Δρ."], beginnings=["Παπα-"], particles=["ντε", "του"]
)
HEBREW = Script(
    letters=[*_between("א", "ת"), "\ufb31", "\ufb2a", "\ufb4b"],
    initials="אבגדהי",
    addresses=["ד״ר", 'עו"ד', "פרופ׳"],
    beginnings=["ג׳", "אל־"],
    particles=["בן", "בת", "אבו"],
    hyphens="־-",
    apostrophes="׳״\"'",
    titles=["פרופסור", "עורכת דין", "עיתונאי"],
    organisations=["ארגון", "עמותת", "מרכז"],
)
ARABIC = Script(
    letters=[*_between("ء", "غ"), *_between("ف", "ي"), *"پچژگکیے"],
    initials="ابجدم",
    addresses=["د.", "الدكتور"],
    beginnings=["ال", "آل ", "عبدال", "علی\u200c"],
    particles=["بن", "أبو", "آل"],
    apostrophes=["\u0651", "\u064f", "\u200c"],
    commas=("، ", ", "),
    titles=["رئيس", "محامية", "صحفي"],
    organisations=["جمعية", "مركز", "منظمة"],
)
DEVANAGARI = Script(
    letters=[
        *_syllables(_between("क", "ह"), ["", "ा", "ि", "ी", "ु", "ू", "े", "ै", "ो", "ं", "ँ"]),
        *_syllables(["क्", "ज्", "त्", "श्", "र्", "र्\u200d"], ["क", "य", "र", "व"], ["", "ा", "ी", "े"]),
        *_between("अ", "औ"),
    ],
    sizes=(2, 4),
    initials="अकगमरसह",
    addresses=["डॉ.", "श्री"],
    particles=["बिन", "देव"],
)
BENGALI = Script(letters=_syllables(_between("ক", "ন"), ["", "া", "ি", "ী", "ু", "ে", "ো", "্র"]), sizes=(2, 4))
TAMIL = Script(letters=_syllables(_between("ம", "ஹ"), ["", "ா", "ி", "ு", "ெ", "ை", "ொ", "்"]), sizes=(2, 6))
THAI = Script(
    letters=_syllables(["", "", "เ", "แ", "ไ"], _between("ก", "ฮ"), ["", "ั", "ี", "ุ", "ำ", "์", "ิ่", "้"]),
    sizes=(2, 5),
    initials="กจสพ",
    beginnings=["นาย", "นางสาว"],
    particles=["ณ"],
)
ETHIOPIC = Script(letters=_between("ሀ", "ፐ"), sizes=(2, 4), initials="ሀመበ", beginnings=["ገ/", "ወ/"], particles=["ወልደ"])
HAN = Script(letters=[*_between("一", "鿕"), *_between("𠀀", "𠃿")], sizes=(1, 4), hyphens="・")
HANGUL = Script(letters=_between("가", "힣"), sizes=(1, 3))

SCRIPTS = (
    *(LATIN, CYRILLIC, ARMENIAN, GEORGIAN, GREEK, HEBREW, ARABIC),
    *(DEVANAGARI, BENGALI, TAMIL, THAI, ETHIOPIC, HAN, HANGUL),
)

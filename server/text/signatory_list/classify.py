"""Splits a line of a list into name, title and affiliation, and decides whether a person or an organisation signs."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, pairwise
from typing import Final, NamedTuple

from server.text.names import Kind, name_key, organisation_key

# Words that mark an organisation or a title, folded for comparison.


def _folded(words: str) -> tuple[str, ...]:
    return tuple(name_key(word) for word in words.split())


# Legal forms and whole words: English, French, Spanish, Italian, German, Turkish, Azerbaijani, Arabic, Persian, Hebrew.
_ORGANISATIONS: Final = frozenset(
    _folded("""
    NGO NGOs INGO CSO ONG ASBL LLC Ltd Inc GmbH gGmbH QHT STK НКО НПО АНО ООО ОО МОО РОО ГО рух руху ՀԿ ՍՊԸ շպս შპს ააიპ
    organisation organisations organization organizations org association associations union unions club clubs
    center centre centers centres foundation fund funds trust society committee council assembly federation
    confederation league alliance coalition network platform forum movement initiative initiatives institute institution
    group collective cooperative community party university college academy school hospital agency bureau office branch
    chamber guild syndicate observatory commission congress parliament ministry department campaign charity project
    programme program fellowship company enterprise laboratory lab studio library museum theatre newspaper magazine
    radio television media rights watch service services section delegation embassy board tribunal
    centro central fonds fondation ligue société comité mouvement réseau collectif syndicat conseil maison
    institut école université groupe cercle amicale fédération confédération assemblée observatoire ministère
    asociación fundación sindicato comité liga red unión partido instituto universidad colectivo
    associazione fondazione sindacato comitato lega rete partito istituto università
    Verein Vereins Bund Gesellschaft Verband Netzwerk Bündnis Komitee Rat Gruppe Universität Partei Zentrum Stiftung
    fond fondu klub klubu parti partiyası partisi komitə komite komitesi forumu platforması platformu ittifaq
    ittifaqı ağı vakfı vakıf kurumu üniversitesi institutu enstitüsü təşəbbüsü girişimi meclis meclisi
    جمعية الجمعية مركز المركز منظمة المنظمة اتحاد الاتحاد مؤسسة المؤسسة رابطة الرابطة شبكة الشبكة لجنة اللجنة
    نادي النادي هيئة حركة جامعة حزب نقابة کانون انجمن مرکز سازمان بنیاد دانشگاه
    עמותה עמותת מרכז ארגון איגוד תנועת אוניברסיטת
    """)
)
# Beginnings of words, where a language bends their ends.
_ORGANISATION_STEMS: Final = _folded("""
    organiz organis associat assoc. asocia foundat fundac federat
    организац ассоциац объединени общество обществен союз фонд центр комитет клуб движени партия партии институт
    университет форум совет сообществ правозащит инициатив платформ агентств редакци коалици академи музей
    організац асоціац об'єднан громадськ спілк комітет товариств ініціатив інститут коаліц
    կազմակերպ միություն կենտրոն հիմնադրամ ասոցիացիա ակումբ կոմիտե ընկերություն հասարակական շարժում կուսակցություն
    ինստիտուտ համալսարան ֆորում պլատֆորմ հարթակ գրասենյակ ցանց խորհուրդ ասամբլեա նախաձեռնություն
    ორგანიზაცი ასოციაცი ცენტრ ფონდ კავშირ კლუბ კომიტეტ საზოგადოებ ინსტიტუტ უნივერსიტეტ მოძრაობ ფორუმ პლატფორმ ქსელ
    კოალიცი პარტი გაერთიანებ სააგენტო
    mərkəz merkez birliy birliğ dərnə derneğ dernek təşkilat teşkilat cəmiyyət cemiyet assosiasiya assosiya
    """)
_ORGANISATION_ENDS: Final = _folded("verein verband zentrum stiftung gesellschaft bündnis netzwerk vereinigung")

_TITLES: Final = frozenset(
    _folded("""
    chair chairman chairwoman chairperson cochair cochairman head deputy director president vice founder cofounder
    member secretary treasurer coordinator lawyer attorney advocate barrister solicitor judge notary professor lecturer
    doctor physician nurse journalist reporter editor publisher blogger researcher scientist scholar sociologist
    economist historian philosopher psychologist linguist political activist defender campaigner writer author
    poet translator artist painter musician composer actor actress filmmaker photographer engineer architect
    teacher student expert analyst consultant adviser advisor representative spokesperson spokeswoman spokesman
    leader manager officer ombudsman mayor minister ambassador diplomat deputy senator mp candidate former executive
    priest bishop rector dean veteran pensioner entrepreneur farmer worker volunteer observer
    président présidente coprésidente coprésident directeur directrice avocat avocate journaliste membre fondateur
    fondatrice secrétaire trésorier trésorière professeur professeure militant militante
    chercheur chercheuse responsable
    coordinateur coordinatrice délégué déléguée député députée maire écrivain écrivaine rédacteur rédactrice
    sociologue historien historienne économiste parole
    presidente presidenta directora abogado abogada periodista miembro profesor profesora secretario secretaria
    direttore direttrice avvocato giornalista professore professoressa presidentessa
    Vorsitzende Vorsitzender Leiter Leiterin Direktor Direktorin Präsident Präsidentin Geschäftsführer Geschäftsführerin
    Rechtsanwalt Rechtsanwältin Journalistin Professorin Mitglied Sprecher Sprecherin Gründer Gründerin
    председатель председательница директор руководитель руководительница глава президент юрист адвокат адвокатесса
    журналист журналистка член профессор правозащитник правозащитница основатель основательница редактор политолог
    социолог историк экономист писатель писательница координатор учёный активист активистка
    голова керівник керівниця адвокатка юристка журналіст член засновник засновниця правозахисник правозахисниця
    письменник письменниця професор науковець директорка
    նախագահ նախագահը համանախագահ տնօրեն տնօրենը ղեկավար ղեկավարը լրագրող փաստաբան իրավապաշտպան անդամ խմբագիր
    քաղաքագետ պատմաբան գրող պրոֆեսոր իրավաբան հիմնադիր համակարգող
    თავმჯდომარე დირექტორი ხელმძღვანელი იურისტი ჟურნალისტი წევრი ადვოკატი პროფესორი რედაქტორი დამფუძნებელი აქტივისტი
    პოლიტოლოგი მწერალი უფლებადამცველი პრეზიდენტი კოორდინატორი
    sədr sədri direktoru rəhbər rəhbəri hüquqşünas jurnalist üzv üzvü vəkil təsisçi politoloq redaktor yazıçı
    başkan başkanı müdür müdürü avukat gazeteci üye üyesi kurucu yazar akademisyen genel
    رئيس رئيسة مدير مديرة محام محامي محامية صحفي صحفية صحافي عضو ناشط ناشطة باحث باحثة كاتب كاتبة أستاذ أستاذة مؤسس
    وکیل روزنامهنگار نویسنده پژوهشگر استاد פרופסור עורך עורכת מנהל מנהלת יושב חבר חברת עיתונאי עיתונאית
    """)
)


_ARTICLE = re.compile("['’]")


def is_organisation_word(word: str) -> bool:
    """Tell whether a word of a ``name_key`` is one that organisations are called by."""
    return word in _ORGANISATIONS or word.startswith(_ORGANISATION_STEMS) or word.endswith(_ORGANISATION_ENDS)


def has_organisation_word(text: str) -> bool:
    """Tell whether any word of the text, as written, is one that organisations are called by."""
    return any(map(is_organisation_word, name_key(text).split() + name_key(_ARTICLE.sub(" ", text)).split()))


def has_title_word(text: str) -> bool:
    """Tell whether the text says what somebody is; "Student Union" does not, though it begins with what people are.

    Only in ASCII: languages that bend their words say "director of the centre" without an "of" between the two.
    """
    words = [*name_key(text).split(), ""]
    return any(
        word in _TITLES and not (after.isascii() and is_organisation_word(after)) for word, after in pairwise(words)
    )


# Signs that a text names an organisation: its words, quotation marks, a domain.

# Some marks stand inside words too (עו"ד, O’Neil): they quote where a word begins, the single ones if they are closed.
_QUOTED = re.compile(
    r"[“”„‟«»‹›‚「『《〈〝｢﹁﹃⹂]"
    r"""|(?<![^\s(\[])["＂״]"""
    r"|(?<![^\s(\[])['‘’‛＇](?:[^'‘’‛＇]|(?<=\S)['‘’＇](?=\w))+['‘’＇](?!\w)"
)
_CLOSING_QUOTES = ("”", "“", "»", "«", '"', "’")
_DOMAIN = re.compile(r"^\w[\w-]{2,}\.(?:org|net|com|info|media|ngo|news|press|[a-z]{2})$", re.IGNORECASE)


def starts_quoted(text: str) -> bool:
    """Tell whether the line opens with a quotation mark of any kind, as only organisations' names do."""
    return _QUOTED.match(text) is not None


def is_organisation_name(name: str) -> bool:
    """Tell whether a name speaks for an organisation by itself."""
    return starts_quoted(name) or _is_called_like_one(name)


def has_organisation_name(text: str) -> bool:
    """Tell whether a text speaks of an organisation: "circle “Lantern”" does, and is no name of one for certain."""
    return _QUOTED.search(text) is not None or _is_called_like_one(text)


def _is_called_like_one(text: str) -> bool:
    return has_organisation_word(text) or _DOMAIN.match(text) is not None


# Lines of a list without bullets, numbers and closing punctuation.

_SOFT_BREAK = re.compile(r"[\v\f\x85\u2028\u2029]")
# Pages leave these at the ends of what is copied from them. Inside a name they are refused, by name.
_EDGES = " \t\u00a0\u1680\u202f\u205f\u2060\u3000\ufeff\u00ad" + "".join(map(chr, range(0x2000, 0x2010)))

_BULLET = re.compile(
    r"(?:[-*•‣⁃∙·▪▫◦●○■□▶▸►➤➢✓✔✅❖◆◇★☆‐‑–—−][\ufe0f\s]*)+|o\t\s*|\(?[^\W\d_]\)\s+",
)
_NUMBER = re.compile(
    r"(?:№|N°|Nº|#)\s*(?P<sign>\d{1,5})\s*[.)\]:–—-]?\s+"
    r"|[(\[]?(?P<point>\d{1,5})\s?[.)\]:．、։–—-]+\s*"
    r"|(?P<bare>\d{1,5})\s+(?=\D)"
)
NUMBERS_SKIPPED_MOST = 5
"""How far a list's numbers may jump where somebody has deleted a line."""

COMMAS = ",،，、፣"
SEMICOLONS = ";；؛፤"
STOPS = "։。።।"

_PARTING = re.compile(rf"[\r\n\t\v\f\x85\u2028\u2029{COMMAS}{SEMICOLONS}]")
_SEMICOLON = re.compile(f"[{SEMICOLONS}]")
_LAST_AND = re.compile(r"^(?:and|et|y|und|и|та|և|და|və|ve)\s+")
_CLOSING = f" \t\u00a0:{COMMAS}{SEMICOLONS}{STOPS}"
_ABBREVIATIONS = frozenset({"inc", "ltd", "corp", "co", "jr", "sr", "şti", "assoc", "dr", "prof", "phd", "etc"})


READ_LONGEST: Final = 1000
"""Characters of one entry that we look into: no name, title and affiliation are longer together.

What is longer is left unplaced, because to look for separators takes much longer in a longer line.
"""

DECOMPOSED_EACH: Final = 3
"""Characters that each of those may fall apart into: three for a Korean syllable, and eighteen for one Arabic sign."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line that is not empty; ``paragraph`` counts the empty lines before it, ``raw`` is it as written.

    ``is_cut``: it is too long for an entry, and ``text`` says nothing of it.
    """

    number: int
    text: str
    raw: str
    paragraph: int
    marked: bool = False
    is_cut: bool = False

    @property
    def source(self) -> tuple[int, str]:
        """Where it stands and how it was written."""
        return self.number, self.raw


def is_too_long(text: str) -> bool:
    """Say whether a text is longer than we look into."""
    if len(text) > READ_LONGEST:
        return True
    return not text.isascii() and len(unicodedata.normalize("NFKD", text)) > DECOMPOSED_EACH * READ_LONGEST


def count_pieces(source: str) -> int:
    """Return how many pieces a list falls into at most, by its lines, commas, semicolons and tabs; that is quick."""
    return 1 + sum(1 for _ in _PARTING.finditer(source))


def read_lines(source: str) -> list[Line]:
    """Return the lines that are not empty, freed from bullets and, where the list is numbered, from its numbers."""
    lines: list[Line] = []
    paragraph = 0
    for number, raw in enumerate(re.split(r"\r\n|\r|\n", source), start=1):
        if not trim(raw):
            paragraph += 1
        for part in _pieces(raw):
            if text := trim(part):
                is_cut = is_too_long(text)
                line = Line(number, "…" if is_cut else text, part, paragraph, is_cut=is_cut)
                lines.append(_without_bullet(line))
    return _without_numbers(lines)


def _pieces(raw: str) -> list[str]:
    """Return the parts of a line between soft breaks; a list that is all in one line is parted at its semicolons."""
    parts = _SOFT_BREAK.split(raw)
    return [piece for part in parts for piece in (split_several(part) if len(part) > READ_LONGEST else [part])]


def trim(text: str) -> str:
    """Return the text without white space and invisible characters at its ends."""
    return text.strip(_EDGES)


def _without_bullet(line: Line) -> Line:
    bullet = _BULLET.match(line.text)
    if bullet is None or bullet.end() == len(line.text):
        return line
    return replace(line, text=line.text[bullet.end() :], marked=True)


def _without_numbers(lines: list[Line]) -> list[Line]:
    """Take the numbers off if they run on (1, 2, 3, ...) and a third of the lines has one: "350.org" is a name."""
    found = [
        (at, match)
        for at, line in enumerate(lines)
        if (match := _NUMBER.match(line.text)) and match.end() < len(line.text)
    ]
    running = dict(_running(found))
    if len(running) * 3 < len(lines) or (len(running) == 1 and 0 not in running):
        return lines
    return [
        replace(line, text=line.text[running[at].end() :], marked=True) if at in running else line
        for at, line in enumerate(lines)
    ]


def _running(found: list[tuple[int, re.Match[str]]]) -> Iterator[tuple[int, re.Match[str]]]:
    """Keep the numbers that follow the one before, or are 1, or are followed where the list begins in the middle."""
    values = [int(match[match.lastgroup or 0]) for _, match in found]
    before: int | None = None
    for place, (at, match) in enumerate(found):
        value = values[place]
        if before is None:
            follows = any(_close(value, after) for after in values[place + 1 : place + 1 + NUMBERS_SKIPPED_MOST])
            runs = value == 1 or (follows and not match["bare"])
        else:
            runs = value == 1 or _close(before, value)
        if runs:
            before = value
            yield at, match


def _close(before: int, value: int) -> bool:
    return before < value <= before + NUMBERS_SKIPPED_MOST


def has_several(text: str) -> bool:
    """Tell whether a semicolon stands inside the text, not only at its end."""
    return _SEMICOLON.search(text.rstrip(_CLOSING + ".")) is not None


def split_several(text: str) -> list[str]:
    """Return the parts between semicolons, without an "and" before the last."""
    parts = [part.strip() for part in _SEMICOLON.split(text) if part.strip()]
    if len(parts) > 1:
        parts[-1] = _LAST_AND.sub("", parts[-1])
    return parts


def without_closing(text: str) -> str:
    """Return the text without the punctuation that closes a list's line; an abbreviation or initial keeps its point."""
    while True:
        shorter = text.rstrip(_CLOSING)
        if shorter.endswith("..") or (shorter.endswith(".") and not _is_abbreviated(shorter)):
            shorter = shorter[:-1]
        if shorter == text:
            return text
        text = shorter


def _is_abbreviated(text: str) -> bool:
    parts = text.split()[-1][:-1].lstrip("(“«\"'").split(".")
    last = parts[-1]
    letters = [char for char in last if unicodedata.category(char)[0] != "M"]
    return all(map(_may_be_initial, letters)) and (
        0 < len(letters) <= min(len(parts), 2) or last.lower() in _ABBREVIATIONS
    )


def _may_be_initial(char: str) -> bool:
    """A letter may, a syllable or a word in one character (김, 山) is not shortened any further."""
    return char.isalpha() and unicodedata.east_asian_width(char) != "W"


# Splitting a description into title and affiliation.

_COMMA = re.compile(rf"\s*[{COMMAS}]\s*|\s*\t\s*|\s+[|–—-]\s+")
_CONNECTOR = re.compile(
    r"\s(?P<word>of|at|bei|beim|chez|au|aux|à\sla|à\sl['’]|du|des|de\sla|de\sl['’]|de\slos|de|d['’]|del|della|dell['’]|dei"
    r"|(?P<weak>for|from|pour|von|vom))(?:(?<=['’])|\s+)(?:the\s+)?"
)
# "Chairman of the Board of Directors of X": the title goes on to the second "of", or to its end.
_BOARD = re.compile(
    r"(?P<board>(?:[\w-]+\s+)?board(?:\s+of\s+(?:directors|trustees))?)(?:\s+(?:of|at)\s+(?:the\s+)?|$)", re.IGNORECASE
)
_DEGREES = frozenset(
    name_key(word)
    for word in [
        "professor",
        "doctor",
        "candidate",
        "master",
        "bachelor",
        "teacher",
        "student",
        "lecturer",
        "minister",
        "secretary",
        "phd",
        "historian",
        "scholar",
        "professeur",
        "professeure",
        "docteur",
        "étudiant",
        "étudiante",
        "enseignant",
        "enseignante",
        "ministre",
        "profesor",
        "profesora",
        "defender",
    ]
)

Description = tuple[str | None, str | None]

COMMAS_MOST: Final = 12
CONNECTORS_MOST: Final = 8
"""In one description; beyond, we split it no further, for each of them is looked at with all that follows it."""


def split_description(text: str) -> Description:
    """Return (title, affiliation) of "Chair of the Society X", "Chair, Society X", "Jurist" or "Society X".

    The words stay as written, but for "the" (and the French article) after the connector and the closing punctuation.
    Where nothing parts them, the whole is the title, unless it is called like an organisation and says no title.
    """
    text = without_closing(text)
    if sum(1 for _ in _COMMA.finditer(text)) > COMMAS_MOST:
        return text, None
    comma = _COMMA.search(text)
    connector = next(_connectors(text), None)
    if connector and not (comma and _comma_parts_better(text, comma, connector)):
        if board := _BOARD.match(text, connector.end()):
            return text[: board.end("board")], text[board.end() :]
        return text[: connector.start()], text[connector.end() :]
    if comma:
        return _split_at_comma(text, comma)
    if not text:
        return None, None
    return (None, text) if _is_organisation(text) else (text, None)


def _starts_small(text: str) -> bool:
    """Tell "human dignity" from "Human Dignity"; Georgian and all that has no capitals never start small."""
    return text[0].title() != text[0]


def is_title(text: str) -> bool:
    """Tell whether the text says what somebody is, in any of its parts between commas."""
    return any(map(has_title_word, _COMMA.split(text)))


def _is_organisation(text: str) -> bool:
    """Tell whether the text is called like an organisation, and says no title; “Teacher” in quotes is a name."""
    is_quoted = starts_quoted(text) and text.endswith(_CLOSING_QUOTES)
    return is_quoted or (has_organisation_name(text) and not has_title_word(text))


def _connectors(text: str) -> Iterator[re.Match[str]]:
    """Yield what joins a title to an organisation: nothing does in "Professor of law" or "Member of the Board"."""
    for match in islice(_CONNECTOR.finditer(text), CONNECTORS_MOST):
        head, tail = text[: match.start()], _COMMA.split(text[match.end() :])[0]
        if _is_organisation(head) or _BOARD.fullmatch(tail):
            return
        studied = name_key(head).split()[-1:] and name_key(head).split()[-1] in _DEGREES
        named = tail and not _starts_small(tail) and not studied and not match["weak"]
        if has_organisation_name(tail) or named:
            yield match


def _comma_parts_better(text: str, comma: re.Match[str], connector: re.Match[str]) -> bool:
    """Tell "Director, Center of X" and "Director of Research, Center X" from "Director of the Center for X, Y"."""
    if comma.start() < connector.start():
        return True
    between, after = text[connector.end() : comma.start()], text[comma.end() :]
    return not has_organisation_name(between) and has_organisation_name(after)


def _split_at_comma(text: str, comma: re.Match[str]) -> Description:
    head, tail = text[: comma.start()], text[comma.end() :]
    between = ", " if "\t" in comma[0] else comma[0]
    if has_title_word(tail) and _is_organisation(head):
        return tail, head
    if is_title(tail):
        title, affiliation = split_description(tail)
        return f"{head}{between}{title}" if title else head, affiliation
    if _is_organisation(head) and _belongs_to_name(head, tail):
        return None, f"{head}{between}{tail}"
    if tail and (has_organisation_name(tail) or not _starts_small(tail)):
        return head, tail
    return f"{head}{between}{tail}" if tail else head, None


def _belongs_to_name(organisation: str, tail: str) -> bool:
    """Tell "Hill Club, Inc.", "Hill Club, Kutaisi" and "“Lantern”, Hill Club" from "Project lead, Hill Club"."""
    is_form = organisation_key(f"{organisation} {tail}") == organisation_key(organisation)
    return is_form or starts_quoted(organisation) or not has_organisation_name(tail)


# Splitting "Name, Title, Affiliation", "Name - Title" and "Name (Affiliation)".

_NAME_SEPARATOR = re.compile(rf"\s*[{COMMAS}]\s*" + r"|\s+[–—―-]{1,2}\s+|\s*—\s*|\s*\t\s*|\s+\|\s+")
# A nickname in brackets has more of the name behind it; "Watch (OW)" may stand in brackets itself.
_BRACKETS = re.compile(
    r"^(?P<name>[^()（）]+?(?:[(（][^()（）]+[)）]\s+[^\W\d_][^()（）]*?)?)\s*"
    r"[(（](?P<inside>(?:[^()（）]|[(（][^()（）]+[)）])+)[)）]\s*"
    rf"(?:[{COMMAS}–—:-]\s*(?P<rest>.+))?$"
)
_SUFFIX = re.compile(
    r"(?:jr|sr|ii|iii|iv|ph\.?\s?d|m\.?d|esq|ll\.?m|ll\.?d|mba|msc|dds|obe|mbe|cbe|kc|qc|mp|mep)\.?"
    rf"(?=$|[{COMMAS}\s—])",
    re.IGNORECASE,
)


class Person(NamedTuple):
    """A line parted at its first separator: the name, what follows it, and what stood in brackets behind the name."""

    name: str
    detail: str | None
    bracketed: str | None = None


def split_person(text: str) -> Person:
    """Return the name and the rest of a line that may be a person's; academic degrees and "Jr." stay with the name."""
    text = without_closing(text)
    separator = _separator(text)
    brackets = _BRACKETS.match(text)
    if brackets and not (separator and separator.start() < brackets.end("name")):
        return Person(brackets["name"], brackets["rest"], brackets["inside"])
    if separator is None or not text[: separator.start()]:
        return Person(text, None)
    return Person(text[: separator.start()], text[separator.end() :] or None)


def describe_person(person: Person) -> Description:
    """Return (title, affiliation) of a person's line; brackets hold an affiliation unless they say a title."""
    title, affiliation = split_description(person.detail) if person.detail else (None, None)
    if person.bracketed is None:
        return title, affiliation
    if title is None and is_title(person.bracketed):
        title, place = split_description(person.bracketed)
    else:
        place = person.bracketed
    return title, ", ".join(part for part in (affiliation, place) if part) or None


def _separator(text: str) -> re.Match[str] | None:
    """Return the first separator behind the name and the suffixes that belong to it."""
    at = 0
    while separator := _NAME_SEPARATOR.search(text, at):
        suffix = _SUFFIX.match(text, separator.end())
        if suffix is None:
            return separator
        at = suffix.end()
    return None


# Deciding between a person and an organisation, by the line or by the whole list.

_ADDRESSED = frozenset({"dr", "prof", "mr", "mrs", "ms", "mme", "mlle", "rev", "fr", "sr", "hon", "doc", "ing", "avv"})
_ORGANISATIONS_HEADING = re.compile(
    "organi[sz]a|associa|ngo|ong|организ|організ|կազմակերպ|ორგანიზ|təşkilat|teşkilat|منظم"
)
_INDIVIDUALS_HEADING = re.compile(
    "individu|person|people|citizen|personne|лица|граждан|особи|անհատ|անձ|şəxs|birey|أفراد"
)


def kind_of_line(person: Person) -> Kind | None:
    """Return what the line says of itself, None where it could be either ("Greenpeace", "Ani Petrosyan")."""
    if is_organisation_name(person.name):
        return "organisation"
    if is_title(f"{person.detail or ''},{person.bracketed or ''}"):
        return "individual"
    return "individual" if set(name_key(person.name).split()[:1]) & _ADDRESSED else None


def decide_kinds(people: Sequence[Person], wanted: Kind | None) -> list[Kind]:
    """Return the kind of every line, ``wanted`` where it is given.

    Lines without a sign of their own are people's, unless two thirds of the list are organisations; a single word is
    an organisation's already when anything else is, and nobody in the list is a person.
    """
    said = [wanted or kind_of_line(person) for person in people]
    organisations, individuals = said.count("organisation"), said.count("individual")
    of_names: Kind = "organisation" if organisations * 3 >= len(said) * 2 else "individual"
    of_words: Kind = "organisation" if organisations and not individuals else of_names
    return [kind or (of_words if _is_one_word(person) else of_names) for kind, person in zip(said, people, strict=True)]


def _is_one_word(person: Person) -> bool:
    return person.detail is None and " " not in person.name


def kind_of_heading(heading: str) -> Kind | None:
    """Return the kind that a heading announces ("Organisations:"), None where it announces both or neither."""
    organisations = _ORGANISATIONS_HEADING.search(heading.lower())
    people = _INDIVIDUALS_HEADING.search(heading.lower())
    if bool(organisations) == bool(people):
        return None
    return "organisation" if organisations else "individual"

"""The words by which an organisation or a title is known, folded for comparing."""

import re
from itertools import pairwise
from typing import Final

from server.text import name_key


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

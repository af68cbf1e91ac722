"""A statement in every language that we speak, and a name in the script of each."""

from server.db import Store
from server.services import partners, statements, texts
from server.text.statement_file import read_statement

NATIVE = {
    "en": ("Open the rivers", "Siobhán O’Neill"),
    "fr": ("Ouvrez les rivières", "Zoë L’Hôpital"),
    "hy": ("Բացե՛ք գետերը", "Հակոբ Գևորգյան"),
    "az": ("Çayları açın", "İlham Əliyeva"),
    "ka": ("გახსენით მდინარეები", "ნინო ბერიძე"),
    "ru": ("Откройте реки", "Семён Ёлкин"),
    "uk": ("Відкрийте річки", "Ґалаґан Їжакевич"),
    "tr": ("Irmakları açın", "Işıl Çağlayan"),
    "de": ("Öffnet die Flüsse", "Jörg Weiß"),
    "ar": ("افتحوا الأنهار", "ليلى العبد الله"),
}


def add_rivers(db: Store, origin: str, *, now: int) -> str:
    """Publish the statement, which asks for everything but the country, for a partner of this origin."""
    for locale, (title, _) in NATIVE.items():
        shared = 'fields = ["title", "affiliation", "city", "comment"]\n' if locale == "en" else ""
        source = f'+++\nslug = "rivers"\nlocale = "{locale}"\ntitle = "{title}"\n{shared}+++\n{title}.\n'
        texts.add_statement(db, read_statement(source), actor="test", now=now)
    statements.open_statement(db, "rivers", actor="test", now=now)
    partners.add_partner(db, "rivers", "river-watch", name="River Watch", origins=[origin], actor="test", now=now)
    return "rivers"

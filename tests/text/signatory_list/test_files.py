"""Files of many kinds are read, or refused with the true reason, before a hostile one costs much."""

import io
import json
import random
import re
import resource
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from server.errors import ValueRefused
from server.exports.formats import FORMATS
from server.exports.query import SIGNATURE_COLUMNS
from server.text import names
from server.text.names import has_contact
from server.text.signatory_list import files, lines, read_signatory_file, tables
from server.text.signatory_list.contacts import NOTHING
from server.text.signatory_list.files import BYTES_MOST, decode_file

SHEET = """<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>
<row r="1"><c r="A1" t="inlineStr"><is><t>Name</t></is></c></row>
<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>Ani</t></is></c></row></sheetData></worksheet>"""
WORKBOOK = """<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"
xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="a" sheetId="1"
r:id="rId1"/></sheets></workbook>"""
RELATED = """<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"
Target="worksheets/sheet1.xml"/></Relationships>"""
MEBIBYTE = 1024 * 1024


def packed(**files: bytes | str) -> bytes:
    """An archive of these files; two underscores in a name are a slash, one is a point."""
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), content)
    return into.getvalue()


def workbook(sheet: bytes | str) -> bytes:
    return packed(xl__workbook_xml=WORKBOOK, xl___rels__workbook_xml_rels=RELATED, xl__worksheets__sheet1_xml=sheet)


def reason(data: bytes) -> str:
    with pytest.raises(ValueRefused) as refused:
        decode_file(data)
    return refused.value.reason


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "empty"),
        (b" \n\n", "empty"),
        (b"%PDF-1.7\n", "pdf"),
        (b"\x89PNG\r\n\x1a\n", "image"),
        (b"\x00\x01\x02\x03" * 100, "not-a-list"),
        (packed(readme_txt="Ani"), "not-a-list"),
        (b"PK\x03\x04 and nothing more", "broken"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000), "broken"),
        (b"x" * (BYTES_MOST + 1), "too-large"),
        (b"Ani Marlowe\n" * 50_000, "too-large"),
    ],
    ids=["nothing", "spaces", "pdf", "png", "binary", "archive", "cut", "old office", "100 MB", "50,000 lines"],
)
def test_what_is_no_list_is_refused_with_the_true_reason(data: bytes, why: str) -> None:
    assert reason(data) == why


@pytest.mark.parametrize(
    "data",
    [workbook(bytes(300 * MEBIBYTE)), workbook(SHEET)],
    ids=["a bomb of zeros", "one cell in the last corner"],
)
def test_a_workbook_that_would_cost_gigabytes_is_refused_in_little_time_and_memory(data: bytes) -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)

    assert len(data) < MEBIBYTE
    assert reason(data) in ("too-much", "broken")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime - before.ru_utime < 2


def test_the_process_that_reads_an_office_file_has_no_secret_in_its_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "office.py"
    program.write_text("import os\nprint('name: ' + str(os.environ.get('UNDERSIGNED_PEPPER')))\n")
    monkeypatch.setattr(files, "_OFFICE_PROGRAM", program)
    monkeypatch.setenv("UNDERSIGNED_PEPPER", "Qpepper")

    assert decode_file(workbook(b"<worksheet/>"))[0].strip() == "name: None"
    inherited = subprocess.run([sys.executable, "-I", str(program)], capture_output=True, check=True).stdout.decode()
    assert inherited.strip() == "name: Qpepper", "the twin: a process takes over the environment unless it is told"


def test_a_line_of_a_million_columns_and_a_page_of_a_million_tags_are_read_or_left() -> None:
    wide = read_signatory_file(b"Name," * 200_000)
    deep = read_signatory_file(b"<div>" * 200_000 + b"<p>Ani Marlowe</p>")
    brackets = read_signatory_file(
        b"[" * 1_000_000
    )  # it took minutes as long as marks of Markdown were looked for in it

    assert len(wide.entries) == len(brackets.entries) == 0
    assert [entry.name for entry in deep.entries] == ["Ani Marlowe"]


# Our own dump, imported elsewhere.

SIGNED = {"kind": "individual", "state": "confirmed", "visibility": "name", "founding": False, "newsletter": False}
PEOPLE = [
    SIGNED | {"name": "Ani Marlowe", "title": "Poet", "affiliation": "Hill Club", "country": "GE"},
    SIGNED | {"name": "=Teodor Vance", "title": "+Judge; =1"},
    SIGNED | {"kind": "organisation", "organisation": "'@Home Tenants Union", "website": "https://home.example.org"},
    SIGNED | {"name": "Cleo Day", "visibility": "counted"},
    SIGNED | {"name": "Ruzanna Orme", "state": "held"},
    SIGNED | {"name": "Aram Orme", "visibility": "initials"},
    SIGNED | {"name": "Nina Vane", "state": "withdrawn", "withdrawn_at": "2027-01-01T00:00:00Z"},
]
KEPT = [("Ani Marlowe", "Poet", "Hill Club", "GE"), ("=Teodor Vance", "+Judge; =1", None, None)]


def dumped(people: list[dict[str, object]], name: str) -> bytes:
    rows = [[person.get(column) for column in SIGNATURE_COLUMNS] for person in people]
    return b"".join(FORMATS[name].pieces([SIGNATURE_COLUMNS, *rows]))


@pytest.mark.parametrize("name", FORMATS)
def test_a_dump_survives_ten_round_trips_and_takes_along_nobody_who_is_not_listed_by_name(name: str) -> None:
    people = PEOPLE
    for _ in range(10):
        read = read_signatory_file(dumped(people, name))
        people = [
            SIGNED
            | {"kind": entry.kind, "title": entry.title, "affiliation": entry.affiliation, "country": entry.country}
            | {"organisation" if entry.kind == "organisation" else "name": entry.name, "website": entry.website}
            for entry in read.entries
        ]

    individuals = [
        (one.name, one.title, one.affiliation, one.country) for one in read.entries if one.kind == "individual"
    ]
    organisations = [(one.name, one.website) for one in read.entries if one.kind == "organisation"]
    assert individuals == KEPT
    assert organisations == [("'@Home Tenants Union", "https://home.example.org")]


def test_those_who_are_not_listed_by_name_are_named_as_refused() -> None:
    read = read_signatory_file(dumped(PEOPLE, "csv"))

    refused = [one.text for one in read.unplaced if one.reason == "not-public"]
    assert [name for name in ("Cleo Day", "Ruzanna Orme", "Aram Orme", "Nina Vane") if name in json.dumps(refused)] == [
        *("Cleo Day", "Ruzanna Orme", "Aram Orme", "Nina Vane")
    ]


ADDRESSES = ("ani@hills.example", "+995 555 12 34 56", "mailto:ani@hills.example", "tel:+995555123456")
PLACES = (
    *("{name} ({it})", "{name}, {it}", "{name} - {it}", "{name} <{it}>", "{name}, poet, {it}", "{it} {name}"),
    *("{name}, poet (Hill Club, {it})", "- [{name}]({it}), poet", "{name}\t{it}", "{name}; {it}", "{it}, {name}"),
)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("it", ADDRESSES)
def test_no_address_gets_into_a_public_field_wherever_it_stands(place: str, it: str) -> None:
    names = ("Ani Marlowe", "Teodor Vance", "Cleo Day", "Նունե Աղբյուրյան")
    read = read_signatory_file("\n".join(place.format(name=name, it=it) for name in names).encode())

    public = [text for one in read.entries for text in (one.name, one.title, one.affiliation, one.website) if text]
    assert [text for text in public if has_contact(text)] == []


GENERATED = 10_000
_IN_PUBLIC = re.compile(r"@|mailto:|tel:|(?:\d[\s().\-/]{0,3}){8}", re.IGNORECASE)  # looser than the product's own rule


def generated_row(chance: random.Random) -> str:
    """A row as somebody might write it, with an address, a number or both at any place between its words."""
    given, family = ("Ani", "Teodor", "Cleo", "Նունե", "Олена", "José"), ("Marlowe", "Vance", "Գետունի")
    name = f"{chance.choice(given)} {chance.choice(family)}"
    said = chance.sample(
        ("poet", "Director", "Hill Club", "University of Lakes", "Georgia", "«Сад»"), chance.randint(0, 3)
    )
    number = (
        f"+{chance.randint(1, 99)} {chance.randint(100, 999)} {chance.randint(100, 999)} {chance.randint(100, 999)}"
    )
    user = chance.choice(("ani", "teo.vance", "cleo_day+list", "Nune-77"))
    address = f"{user}@{chance.choice(('lake.example', 'mail.hill.example', 'горы.example'))}"
    written = (address, f"<{address}>", f"mailto:{address}", f"[mail](mailto:{address})", f"e-mail: {address}")
    hidden = chance.sample((chance.choice(written), number, f"tel. {number}", f"tel:{number}"), chance.randint(1, 2))
    parts = [name, *said]
    for one in hidden:
        at = chance.randint(0, len(parts) - 1)
        form = chance.choice(("{0} ({1})", "{0} {1}", "{1} {0}", "{0} - {1}", "{0}/{1}", "{0}", "{0}"))
        if form == "{0}":
            parts.insert(at + 1, one)
        else:
            parts[at] = form.format(parts[at], one)
    return chance.choice((", ", " - ", "; ", " | ", "\t", " – ")).join(parts)


def test_of_ten_thousand_generated_rows_no_public_field_holds_an_address_or_a_number() -> None:
    chance = random.Random(16)
    marks = ("{}", "- {}", "* **{}**", "| {} |", "<li>{}</li>")
    public, read = [], 0
    for _ in range(GENERATED // 100):
        mark = chance.choice(marks)
        parsed = read_signatory_file("\n".join(mark.format(generated_row(chance)) for _ in range(100)).encode())
        read += len(parsed.entries) + len(parsed.unplaced)
        fields = ((one.name, one.title, one.affiliation, one.website) for one in parsed.entries)
        public += [text for texts in fields for text in texts if text]

    assert read >= GENERATED * 0.9
    assert [text for text in public if _IN_PUBLIC.search(text)] == []


def test_without_the_readers_rule_they_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: the rows are such that addresses get into public fields where nobody takes them out."""
    for module in (lines, tables):
        monkeypatch.setattr(module, "take_contacts", lambda text: (text, NOTHING))
    monkeypatch.setattr(names, "has_contact", lambda _text: False)
    chance = random.Random(16)
    parsed = read_signatory_file("\n".join(generated_row(chance) for _ in range(100)).encode())

    fields = [text or "" for one in parsed.entries for text in (one.name, one.title, one.affiliation)]
    assert sum(_IN_PUBLIC.search(text) is not None for text in fields) > 50


def test_the_corpus_has_files_of_an_office() -> None:
    """The twin of the refusals: real ones, of LibreOffice and Word, are read."""
    files = [one for one in (Path(__file__).with_name("corpus")).iterdir() if one.suffix in (".xlsx", ".ods", ".docx")]

    assert len(files) >= 9
    assert all(len(read_signatory_file(one.read_bytes()).entries) > 2 for one in files)

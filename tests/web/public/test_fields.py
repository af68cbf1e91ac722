"""Which fields a form has: one list for widget, page and check."""

from dataclasses import replace

import pytest

from server.text import translations
from server.text.names import KINDS
from server.web.public.submission import (
    FIELD_NAMES,
    SUBMISSION_KEYS,
    describe_fields,
    fields_of,
    is_required,
    kinds_of,
)


def names(statement, kind):
    return [field.name for field in fields_of(statement, kind)]


def test_a_person_is_asked_for_name_address_and_what_the_statement_wants(statement):
    bare = replace(statement, fields=(), newsletter=False, visibilities=("name",))

    assert names(bare, "individual") == ["name", "email"]
    assert names(statement, "individual") == [
        *("name", "email", "title", "affiliation", "city", "country", "comment", "visibility", "newsletter")
    ]


def test_an_organisation_is_asked_who_it_is_and_who_speaks_for_it(statement):
    bare = replace(statement, fields=("affiliation",), newsletter=False, visibilities=("name",))

    assert names(bare, "organisation") == ["organisation", "website", "name", "title", "email", "authorised"]


def test_the_order_is_ours_and_not_the_files(statement):
    mixed = replace(statement, fields=("comment", "city", "title"), newsletter=False, visibilities=("name",))

    assert names(mixed, "individual") == ["name", "email", "title", "city", "comment"]


def described(statement, kind, wording=None):
    """The names that are open first, those behind "Add details", and those below, in their order."""
    fields = describe_fields(statement, kind, "en", wording=wording)
    details = [place for place, field in enumerate(fields) if field.get("detail")]
    parts = (fields[: details[0]], [fields[place] for place in details], fields[details[-1] + 1 :])
    return [[field["name"] for field in part] for part in parts]


def test_optional_fields_are_details_and_what_signers_must_see_is_below_them(statement):
    strict = replace(statement, required=("country",))

    assert described(strict, "individual", "Write to me") == [
        ["name", "email", "country"],
        ["title", "affiliation", "city", "comment"],
        ["visibility", "newsletter", "partner_newsletter"],
    ]
    assert described(strict, "organisation") == [
        ["organisation", "website", "name", "email", "country"],
        ["title", "city", "comment"],
        ["visibility", "authorised", "newsletter"],
    ]


def test_a_form_that_is_not_short_has_no_details_and_the_order_of_before(statement):
    long = describe_fields(replace(statement, short_form=False), "organisation", "en")

    assert [field["name"] for field in long] == names(statement, "organisation")
    assert not any("detail" in field for field in long)


def test_what_the_statement_requires_is_required(statement):
    strict = replace(statement, required=("city", "website"))
    required = {kind: {f.name for f in fields_of(strict, kind) if is_required(strict, kind, f)} for kind in KINDS}

    assert required["individual"] == {"name", "email", "city"}
    assert required["organisation"] == {"organisation", "name", "email", "authorised", "city", "website"}


def test_kinds_come_individuals_first(statement):
    assert kinds_of(replace(statement, kinds=("organisation", "individual"))) == ["individual", "organisation"]
    assert kinds_of(replace(statement, kinds=("organisation",))) == ["organisation"]


@pytest.mark.parametrize("locale", translations.LOCALES)
def test_every_field_of_every_kind_has_a_label_in_every_language(statement, locale):
    full = replace(statement, fields=("title", "affiliation", "city", "country", "website", "comment"))
    for kind in KINDS:
        for field in describe_fields(full, kind, locale):
            own, common = f"field.{kind}.{field['name']}", f"field.{field['name']}"
            assert translations.find_text(locale, own) or translations.find_text(locale, common)


def test_options_are_in_the_language_of_the_words(statement):
    french = {field["name"]: field for field in describe_fields(statement, "individual", "fr")}

    assert {"value": "AM", "label": "Arménie"} in french["country"]["options"]
    assert [option["value"] for option in french["visibility"]["options"]] == ["name", "counted"]
    assert "options" not in french["name"]


def test_every_field_may_be_sent():
    assert set(FIELD_NAMES) <= SUBMISSION_KEYS


@pytest.mark.parametrize("kind", KINDS)
def test_a_partners_box_comes_last_is_never_required_and_brings_its_label(statement, kind):
    strict = replace(statement, required=("newsletter",))
    *_, box = describe_fields(strict, kind, "fr", wording="Écrivez-moi")

    assert box == {
        "name": "partner_newsletter",
        "type": "checkbox",
        "required": False,
        "maxlength": None,
        "autocomplete": None,
        "label": "Écrivez-moi",
    }
    assert all("label" not in field for field in describe_fields(strict, kind, "fr"))

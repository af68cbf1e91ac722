"""What is said of a person is parted into a title and an affiliation, in the words it was said in."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.text.signatory_list import read_signatory_list
from server.text.signatory_list.people import split_description


@pytest.mark.parametrize(
    ("text", "title", "affiliation"),
    [
        ("“Teacher”", None, "“Teacher”"),
        ("Chairwoman of the Society for Rivers;", "Chairwoman", "Society for Rivers"),
        ("Head of the Organization “Well Diggers, United”", "Head", "Organization “Well Diggers, United”"),
        ("Co-Chairman of the Orchard Committee for Justice", "Co-Chairman", "Orchard Committee for Justice"),
        ("Director of the Forum for Trade between Hill and Sea", "Director", "Forum for Trade between Hill and Sea"),
        (
            "Chair of the Society of Weavers named after. D. Okafor;",
            "Chair",
            "Society of Weavers named after. D. Okafor",
        ),
        ("Head of the Northern Branch of the League of Rivers", "Head", "Northern Branch of the League of Rivers"),
        ("Chairwoman of Women's Circle for Orchards", "Chairwoman", "Women's Circle for Orchards"),
        ("Director of the Center for Law, Rivers and Peace", "Director", "Center for Law, Rivers and Peace"),
        ("Member of the Board of the Hill Club", "Member of the Board", "Hill Club"),
        ("Member of the Board, Hill Club", "Member of the Board", "Hill Club"),
        ("Chair of the Board of Trustees – Hill", "Chair of the Board of Trustees", "Hill"),
        ("Member of the Board, Chair of Hill Club", "Member of the Board, Chair", "Hill Club"),
        ("Member of the Board at Hill Club", "Member of the Board", "Hill Club"),
        ("Member of the Supervisory Board", "Member of the Supervisory Board", None),
        ("Chair of the Board of Directors of Sky NGO", "Chair of the Board of Directors", "Sky NGO"),
        ("Researcher at Hill University", "Researcher", "Hill University"),
        ("Coordinator for the Orchard Union", "Coordinator", "Orchard Union"),
        ("Mayor of The Hague", "Mayor", "The Hague"),
        ("Director of Research, Hill Institute", "Director of Research", "Hill Institute"),
        ("Professor of Law, State University", "Professor of Law", "State University"),
        ("Chair, Hill Club", "Chair", "Hill Club"),
        ("Hill Club, Chair", "Chair", "Hill Club"),
        ("Chair, Friends of Rivers", "Chair", "Friends of Rivers"),
        ("Chair, Director of the Hill Club", "Chair, Director", "Hill Club"),
        ("lawyer, human rights defender", "lawyer, human rights defender", None),
        ("Political scientist.", "Political scientist", None),
        ("Professor of History", "Professor of History", None),
        ("defender of human dignity", "defender of human dignity", None),
        ("Hill Club", None, "Hill Club"),
        ("Center of Rivers", None, "Center of Rivers"),
        ("Student Union", None, "Student Union"),
        ("“Lantern”", None, "“Lantern”"),
        ("Union leader", "Union leader", None),
        ("Editor-in-Chief, Sea Magazine Ltd.", "Editor-in-Chief", "Sea Magazine Ltd."),
        ("présidente de l'Association des Rives", "présidente", "Association des Rives"),
        ("présidente de l’Association des Rives", "présidente", "Association des Rives"),
        ("directeur du Centre Bleu", "directeur", "Centre Bleu"),
        ("membre d'Orme et Frêne", "membre", "Orme et Frêne"),
        ("chercheuse à la Fondation Claire", "chercheuse", "Fondation Claire"),
        ("avocate des Amis de la Mer", "avocate", "Amis de la Mer"),
        ("chef d'orchestre", "chef d'orchestre", None),
        ("professeur de droit, Université de la Mer", "professeur de droit", "Université de la Mer"),
        ("directora de la Fundación Río", "directora", "Fundación Río"),
        ("председатель, «Сад»", "председатель", "«Сад»"),
        ("նախագահ, «Հույս» ՀԿ", "նախագահ", "«Հույս» ՀԿ"),
        ("директор центра «Сад»", "директор центра «Сад»", None),
        ("რედაქტორი, გაზეთი", "რედაქტორი", "გაზეთი"),
        ("Hill Club, Inc.", None, "Hill Club, Inc."),
        ("Hill Club, Kutaisi", None, "Hill Club, Kutaisi"),
        ("Hill Club – Kutaisi", None, "Hill Club – Kutaisi"),
        ("«Сад», клуб друзей", None, "«Сад», клуб друзей"),
        ("Project lead, Hill Club", "Project lead", "Hill Club"),
        ("lawyer – human rights defender", "lawyer – human rights defender", None),
        ("محامية، مديرة", "محامية، مديرة", None),
        ("lawyer\thuman rights defender", "lawyer, human rights defender", None),
        ("‘Reed’", None, "‘Reed’"),
        ("《河》", None, "《河》"),
        ("Riverside.info", None, "Riverside.info"),
        ('מנכ"ל', 'מנכ"ל', None),
        ("", None, None),
        (" ;. ", None, None),
        (",", None, None),
    ],
)
def test_a_description_is_parted(text: str, title: str | None, affiliation: str | None) -> None:
    assert split_description(text) == (title, affiliation)


WORDS = [
    "Chair",
    "member",
    "Hill",
    "Club",
    "“Tide”",
    "rivers",
    "Law",
    "D. Okafor",
    "Société",
    "Гора",
    "ნინო",
    "& Co",
    "№ 5",
]
BETWEEN = [" ", ", ", " of ", " of the ", " at ", " du ", " de la ", " d'", " for ", ",", ", of "]


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from(BETWEEN)), min_size=1, max_size=8))
def test_no_word_of_a_description_is_lost(said: list[tuple[str, str]]) -> None:
    title, affiliation = split_description("".join(word + between for word, between in said[:-1]) + said[-1][0])
    kept = f"{title or ''} {affiliation or ''}"

    assert sorted(word for word, _ in said) == sorted(word for word in WORDS for _ in range(kept.count(word)))


@pytest.mark.parametrize(
    ("line", "name", "title", "affiliation"),
    [
        ("Ani Marlowe (Hill Club)", "Ani Marlowe", None, "Hill Club"),
        ("Ani Marlowe (Hill Club), chair", "Ani Marlowe", "chair", "Hill Club"),
        ("Ani Marlowe (Norway)", "Ani Marlowe", None, None),
        ("Ani Marlowe (lawyer)", "Ani Marlowe", "lawyer", None),
        ("Ani Marlowe, Jr., Chair of Hill Club", "Ani Marlowe, Jr.", "Chair", "Hill Club"),
        ("Ani Marlowe, PhD, MBA", "Ani Marlowe, PhD, MBA", None, None),
        ("Ani Marlowe—lawyer", "Ani Marlowe", "lawyer", None),
        ("Jean-Luc d’Orme - lawyer", "Jean-Luc d’Orme", "lawyer", None),
        ("Ani “Nush” Marlowe, lawyer", "Ani “Nush” Marlowe", "lawyer", None),
        ("Ani M.", "Ani M.", None, None),
        ("आनी के.", "आनी के.", None, None),
        ("Ani E\u0301.", "Ani É.", None, None),
        ("李　明.", "李 明", None, None),
        ("Ani Marlowe።", "Ani Marlowe", None, None),
        ("Ani Marlowe, Jr.، lawyer", "Ani Marlowe, Jr.", "lawyer", None),
        ("Ani Marlowe, Jr.—lawyer", "Ani Marlowe, Jr.", "lawyer", None),
        ("Ani Marlowe፣ lawyer", "Ani Marlowe", "lawyer", None),
        ("Ani Marlowe (Hill Club (HC))", "Ani Marlowe", None, "Hill Club (HC)"),
        ("Ani (Nush) Marlowe (Hill Club)", "Ani (Nush) Marlowe", None, "Hill Club"),
        ("Ani Marlowe (Hill Club)، lawyer", "Ani Marlowe", "lawyer", "Hill Club"),
        ("Ani Marlowe (Hill Club)，lawyer", "Ani Marlowe", "lawyer", "Hill Club"),
        ("Ani Marlowe.", "Ani Marlowe", None, None),
        (
            "Ani Marlowe, weaver of the Reed Guild; member of the Sea Club",
            *("Ani Marlowe", "weaver", "Reed Guild; member of the Sea Club"),
        ),
    ],
)
def test_a_person_s_line_is_parted(line: str, name: str, title: str | None, affiliation: str | None) -> None:
    parsed = read_signatory_list(f"{line}\nTeodor Vance\nCleo Day", kind="individual")

    first = parsed.entries[0]
    assert (first.name, first.title, first.affiliation) == (name, title, affiliation)


@pytest.mark.parametrize("line", ["Ani Marlowe (Norway)", "Ani Marlowe, Norway", "Ani Marlowe, lawyer (Norvège)"])
def test_a_country_at_the_end_is_no_affiliation(line: str) -> None:
    first = read_signatory_list(f"{line}\nTeodor Vance\nCleo Day", kind="individual").entries[0]

    assert (first.name, first.affiliation, first.country) == ("Ani Marlowe", None, "NO")

"""The page of the settings: what stands there is what the statement does, and nothing that was typed is lost."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from server.services.statements import get_settings, settings_fingerprint
from server.tables import statements
from server.web.admin.settings import settings_values
from tests.conftest import NOW
from tests.scene import look, run
from tests.web.scene import DATA, PAGE, TICKED, newest_link, own_link

SETTINGS = "/admin/statements/open-rivers/settings"
ZONE = "Europe/Paris"


def stands(db):
    with db.read() as tx:
        return statements.get(tx, "open-rivers")


def form(db, **typed):
    """What a browser sends back of the page, with what was typed into it."""
    statement = stands(db)
    values = settings_values(statement) | typed
    ticked = {name: "yes" if value is True else value for name, value in values.items() if value is not False}
    lists = {name: list(value) for name, value in ticked.items() if isinstance(value, tuple)}
    return {"seen": settings_fingerprint(statement)} | ticked | lists


def save(browser, db, **typed):
    return browser.post(SETTINGS, form(db, **typed))


def epoch(wall, zone=ZONE):
    return int(datetime.fromisoformat(wall).replace(tzinfo=ZoneInfo(zone)).timestamp())


def saved(answer):
    return (answer.status_code, answer.location) == (303, f"{SETTINGS}?done=saved")


def words(answer):
    return " ".join(answer.get_data(as_text=True).split())


def test_a_viewer_may_look_and_is_offered_no_button(viewer):
    page = viewer.get(SETTINGS)

    assert page.values["goal"] == "500"
    assert "an owner can change it" in page.words
    assert ("fieldset", {"class": "plain", "disabled": None}) in page.tags
    assert "Save" not in page.words


def test_the_page_as_it_is_sent_back_changes_nothing(owner, db):
    before, journalled = stands(db), look(db, "SELECT * FROM journal")

    assert saved(save(owner, db))

    assert (stands(db), look(db, "SELECT * FROM journal")) == (before, journalled)
    assert "The settings are saved." in owner.get(SETTINGS, done="saved").words


def test_what_an_owner_types_is_what_the_public_meets(owner, client, db):
    answer = save(owner, db, goal="900", kinds=["individual"], fields=["city"], required=["city"], newsletter=False)

    assert saved(answer)
    found = client.get(DATA).json
    [kind] = found["form"]["kinds"]
    assert (found["statement"]["goal"], kind["kind"]) == (900, "individual")
    assert [field["name"] for field in kind["fields"]] == ["name", "email", "city", "visibility"]
    [row] = look(db, "SELECT actor, verb FROM journal ORDER BY id DESC LIMIT 1")
    assert row == {"actor": "admin:olga", "verb": "statement.settings"}


def test_times_are_wall_times_where_the_statement_is(owner, db):
    assert saved(save(owner, db, timezone=ZONE, closes="2027-07-01T18:00", event="2027-12-01T09:30"))

    assert get_settings(stands(db)) | {"closes": epoch("2027-07-01T18:00"), "event": epoch("2027-12-01T09:30")} == (
        get_settings(stands(db))
    )
    page = owner.get(SETTINGS)
    assert (page.values["closes"], page.values["event"]) == ("2027-07-01T18:00", "2027-12-01T09:30")


def test_without_a_timezone_times_are_read_as_utc(owner, db):
    assert saved(save(owner, db, closes="2027-07-01T18:00"))

    assert stands(db).closes_at == epoch("2027-07-01T18:00", "UTC")
    assert owner.get(SETTINGS).values["closes"] == "2027-07-01T18:00"


@pytest.mark.parametrize(
    ("wall", "said"),
    [
        ("2027-03-28T02:30", "This time does not exist that day, because the clocks go forward."),
        ("2027-10-31T02:30", "This time occurs twice that night, because the clocks go back."),
        ("soon", "Please enter a date and a time"),
        ("2207-03-28T12:00", "Please check the year."),
        ("2026-01-01T12:00", "The end must come after the beginning."),
    ],
)
def test_a_time_that_will_not_do_is_refused_in_words_and_all_that_was_typed_stays(owner, db, wall, said):
    before = stands(db)
    answer = save(owner, db, timezone=ZONE, opens="2027-01-02T10:00", closes=wall, goal="901", discreet=True)

    assert answer.status_code == 422
    assert said in words(answer)
    assert f'value="{wall}"' in words(answer)
    assert 'value="901"' in words(answer)
    assert stands(db) == before


def test_a_discreet_statement_cannot_be_shown_by_search_engines(owner, db):
    answer = save(owner, db, discreet=True, indexed=True)

    assert answer.status_code == 422
    assert "Search engines would show the title" in words(answer)
    assert (stands(db).discreet, stands(db).indexed) == (False, False)
    assert saved(save(owner, db, indexed=True))
    assert stands(db).indexed is True


def test_a_moment_that_nobody_touched_stays_to_the_second_even_in_the_hour_that_comes_twice(owner, db):
    twice = epoch("2027-10-31T02:30:17")
    run(db, "UPDATE statements SET timezone = :zone, closes_at = :at", zone=ZONE, at=twice + 3600)

    assert saved(save(owner, db, goal="901"))

    assert (stands(db).closes_at, stands(db).goal) == (twice + 3600, 901)


def test_in_another_timezone_the_walls_stay_and_the_moments_move(owner, db):
    save(owner, db, timezone=ZONE, closes="2027-07-01T18:00")

    assert saved(save(owner, db, timezone="Asia/Tbilisi"))

    assert stands(db).closes_at == epoch("2027-07-01T18:00", "Asia/Tbilisi")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"goal": "many"}, "Please enter a whole number from 1 to 100,000,000."),
        ({"goal": "0"}, "Please enter a whole number from 1 to 100,000,000."),
        ({"goal": "9" * 5000}, "Please enter a whole number from 1 to 100,000,000."),
        ({"anonymise_after_days": "1"}, "Please enter a whole number"),
        ({"kinds": []}, "Please choose at least one."),
        ({"timezone": "Paris"}, "There is no such time zone."),
        ({"reply_to": "nobody"}, "Please enter one email address."),
        ({"fields": [], "required": ["city"]}, "must also be asked for"),
        ({"visibilities": ["counted"]}, "must be ticked above as well"),
        ({"moderation": "some"}, "This value is not valid."),
        ({"visibilities": ["name", "face"]}, "This value is not valid."),
    ],
)
def test_whatever_a_file_may_not_say_the_form_may_not_either(owner, db, typed, said):
    before = stands(db)
    answer = save(owner, db, **typed)

    assert (answer.status_code, stands(db)) == (422, before)
    assert said in words(answer)


def test_an_answer_of_the_desk_speaks_french(owner, db):
    owner.post("/admin/account/language", {"locale": "fr"})

    answer = save(owner, db, timezone=ZONE, closes="2027-03-28T02:30")

    assert "Cette heure n’existe pas ce jour-là" in words(answer)


def test_what_is_chosen_beforehand_comes_first(owner, client, db):
    assert saved(save(owner, db, visibilities=["name", "initials", "counted"], preset="counted"))

    assert stands(db).visibilities == ("counted", "name", "initials")
    assert owner.get(SETTINGS).values["preset"] == "counted"


def test_who_saves_over_what_they_never_saw_keeps_what_they_typed_and_is_told(owner, server_owner, db):
    old = form(db, goal="901")
    save(server_owner, db, goal="700", reply_to="sona@rivers.example")

    late = owner.post(SETTINGS, old)

    assert (late.status_code, stands(db).goal) == (409, 700)
    assert "Someone else changed the settings while this page was open." in words(late)
    assert 'value="901"' in words(late)
    assert 'href="#reply_to"' in words(late)
    assert saved(owner.post(SETTINGS, old | {"seen": settings_fingerprint(stands(db))}))
    assert stands(db).goal == 901


def test_showing_names_sooner_takes_a_tick_that_says_how_many_waited(owner, client, db, confirmed):
    run(db, "UPDATE statements SET list_from = :at, stamp = stamp + 1", at=NOW + 90 * 86400)
    assert "I know that 1 person signed while the names were announced for later." in owner.get(SETTINGS).words

    refused = save(owner, db, list_from="")
    assert refused.status_code == 422
    assert "Please tick the box below if you mean it." in words(refused)
    assert "Գևորգյան" not in client.get(PAGE).text

    assert saved(save(owner, db, list_from="", sooner="yes"))
    assert "Գևորգյան" in client.get(PAGE).text


def test_what_a_change_means_for_those_who_signed_is_said_once_somebody_has(owner, confirmed):
    assert "People who have signed keep what they chose" in owner.get(SETTINGS).words


def test_where_nobody_has_signed_nothing_is_said_about_them(owner):
    page = owner.get(SETTINGS)

    assert "has already signed" not in page.words
    assert "sooner" not in page.fields


def test_who_chose_what_is_offered_no_more_keeps_it_through_a_change_of_their_own(owner, client, db, signer, context):
    signer.post(visibility="counted")
    client.post(newest_link(context, now=context.clock()), data=TICKED)
    save(owner, db, visibilities=["name", "initials"], preset="name")
    own = own_link(context, now=context.clock())
    page = owner.get(own)

    assert page.values["visibility"] == "counted"
    client.post(f"{own}/change", data=page.values | {"title": "Novelist"})

    [row] = look(db, "SELECT title, visibility FROM signatures")
    assert row == {"title": "Novelist", "visibility": "counted"}

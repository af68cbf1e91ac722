"""What signers send comes out by every door as it came in, as text, and their addresses by none."""

from tests.web.scene import CSV, LIST, PAGE, newest_link, table_of


def confirm_newest(client, context, clock):
    return client.post(newest_link(context, now=clock()), data={"consent": "yes"})


def test_markup_stays_text_wherever_it_is_shown(signer, client, context, clock, export_token):
    name, comment = "Ani <img src=x onerror=alert(1)>", "</p><script>alert('&amp;')</script>"
    signer.post(name=name, title='"><b>Poet', comment=comment)
    asked = client.get(newest_link(context, now=clock())).get_data(as_text=True)
    confirm_newest(client, context, clock)
    page = client.get(PAGE).get_data(as_text=True)

    for html in (asked, page):
        assert "<img" not in html
        assert "<script" not in html
        assert "<b>" not in html
        assert "Ani &lt;img src=x onerror=alert(1)&gt;" in html
    [line] = client.get(LIST).json["signatories"]
    assert (line["name"], line["comment"]) == (name, comment)
    [row] = table_of(client.get(CSV, headers=export_token))
    assert (row["name"], row["comment"]) == (name, comment)


def test_markup_stays_text_where_a_name_is_a_link(signer, client, context, clock):
    signer.post(
        kind="organisation",
        organisation="Pink <script>alert(1)</script>",
        website='https://pink.example/?a="><script>',
        email="mane@pink.example",
    )
    asked = client.get(newest_link(context, now=clock())).get_data(as_text=True)
    assert confirm_newest(client, context, clock).status_code == 303

    for html in (asked, client.get(PAGE).get_data(as_text=True)):
        assert "<script" not in html
        assert "Pink &lt;script&gt;" in html
        assert 'href="https://pink.example/' in html


def test_an_address_leaves_by_no_door(signer, client, context, clock, export_token):
    signer.post(newsletter=True)
    asked = client.get(newest_link(context, now=clock()))
    thanked = confirm_newest(client, context, clock)

    for answer in (asked, thanked, client.get(thanked.location), client.get(PAGE), client.get(LIST)):
        assert b"ani@rivers.example" not in answer.data
    assert b"ani@rivers.example" not in client.get(CSV, headers=export_token).data


def test_a_country_is_written_in_the_language_of_the_reader(signer, client, context, clock, export_token):
    signer.post(country="AM", locale="fr")
    confirm_newest(client, context, clock)

    named = {locale: client.get(f"{LIST}?locale={locale}").json["signatories"][0]["country"] for locale in ("en", "fr")}
    assert named == {"en": "Armenia", "fr": "Arménie"}
    assert "Arménie" in client.get(f"{PAGE}?locale=fr").get_data(as_text=True)
    assert table_of(client.get(CSV, headers=export_token))[0]["country"] == "AM"

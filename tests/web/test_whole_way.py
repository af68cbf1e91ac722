"""The whole way once: from the form on a partner's page to the public list and the count."""


def test_a_signature_is_confirmed_by_the_button_and_by_nothing_else(signer, mails, client):
    assert signer.post().status_code == 202
    mails.deliver()
    [link] = mails.links()

    assert client.get(link).status_code == 200
    assert client.get("/api/v1/statements/open-rivers").json["counts"]["confirmed"] == 0

    answer = client.post(link, data={"consent": "yes"})

    assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (303, "/s/open-rivers/thanks")
    assert client.get("/api/v1/statements/open-rivers").json["counts"]["confirmed"] == 1
    [line] = client.get("/api/v1/statements/open-rivers/signatories").json["signatories"]
    assert (line["name"], line["title"]) == ("Անի Գևորգյան", "Poet")

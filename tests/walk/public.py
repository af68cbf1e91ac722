"""The part of the walk that visitors and signers go: pages, frame, API, links of emails, the dump of machines."""

import re
from typing import Any

from tests.walk import commands
from tests.walk.commands import LOCALES, NEWS
from tests.walk.world import BASE_URL, Answer, Browser, Email, World, deliver

PARTNER = "https://river.example"
DATA = "/api/v1/statements/open-rivers"
PAGE, FRAME = "/s/open-rivers", "/embed/open-rivers"
ANI = {"kind": "individual", "name": "Անի Գևորգյան", "email": "ani@rivers.example", "title": "Poet"}
NGO = {
    "kind": "organisation",
    "organisation": "River Guard",
    "website": "https://guard.example",
    "name": "Maro Pattern",
    "title": "Chair",
    "email": "maro@guard.example",
    "authorised": True,
}
LOW_LIMITS = {
    "UNDERSIGNED_LIMIT_PAGE": "2 per minute",
    "UNDERSIGNED_LIMIT_DATA": "2 per minute",
    "UNDERSIGNED_LIMIT_ATTEMPT": "3 per minute",
    "UNDERSIGNED_LIMIT_SIGN": "1 per minute",
    "UNDERSIGNED_LIMIT_CONFIRM": "1 per minute",
    "UNDERSIGNED_LIMIT_RESEND": "1 per minute; 2 per hour",
    "UNDERSIGNED_LIMIT_DUMP": "1 per minute",
    "UNDERSIGNED_LIMIT_DESK": "2 per minute",
    "UNDERSIGNED_LIMIT_LOGIN": "1 per hour",
    "UNDERSIGNED_LIMIT_STORAGE": "memory://",
}
HTTPS = {
    "UNDERSIGNED_BASE_URL": "https://letters.example",
    "UNDERSIGNED_TRUSTED_PROXIES": "1",
    "UNDERSIGNED_FRONT_PAGE": "list",
}


class Signer:
    """A visitor who signs: with a key for each form, and with the time that a person takes."""

    def __init__(self, world: World, app: Any, *, address: str = "203.0.113.7") -> None:
        self.world, self.browser = world, Browser(world, app, address=address)

    def key(self) -> str:
        self.world.keys += 1
        return f"key-of-a-form-{self.world.keys:06}"

    def token(self, slug: str = "open-rivers", **query: str) -> str:
        asked = "&".join(f"{name}={value}" for name, value in query.items())
        data = self.browser.get(f"/api/v1/statements/{slug}?{asked}")
        self.world.clock.forward(seconds=3)
        return data.json["form_token"]

    def sign(self, expect: int = 202, *, slug: str = "open-rivers", origin: str | None = PARTNER, **fields: Any) -> str:
        """Post the form of the widget, and return its key."""
        body = {"form_token": fields.pop("form_token", None) or self.token(slug, partner="river-watch")}
        body |= {"key": self.key(), **ANI, **fields}
        headers = {"origin": origin} if origin else {}
        self.browser.post_json(f"/api/v1/statements/{slug}/signatures", expect, body, **headers)
        return body["key"]

    def confirmed(self, **fields: Any) -> Email:
        """Sign, confirm by the link, and return the email that follows."""
        self.sign(**fields)
        link = mailed(deliver(self.world), fields.get("email", ANI["email"])).link("confirm")
        self.browser.post(link, data={"consent": "yes"})
        return mailed(deliver(self.world), fields.get("email", ANI["email"]))


def mailed(emails: list[Email], to: str) -> Email:
    """Return the email to this address."""
    return next(email for email in emails if email.to == to)


def visit(world: World, app: Any, *, report: str) -> None:
    """Visit all public routes of a statement that is open."""
    signer = Signer(world, app)
    read_pages(signer.browser, report=report)
    fetch_assets(signer.browser)
    read_api(signer.browser)
    refuse_posts(signer)
    sign_in_the_frame(signer)
    sign_on_the_page(signer)
    confirm_by_code(signer)
    confirm_by_link(signer)
    manage(signer)
    ask_for_links(signer)
    sign_other_statements(signer)
    fill_list(signer)


# Reading


def read_pages(browser: Browser, *, report: str) -> None:
    for locale in (*LOCALES, "el", "pt-BR"):
        for path in (PAGE, FRAME, f"{PAGE}/embed", f"{PAGE}/versions", f"{PAGE}/links", f"{PAGE}/links/sent"):
            browser.get(f"{path}?locale={locale}")
        browser.get(PAGE, accept_language=f"{locale},en;q=0.5")
        browser.get(f"{PAGE}/no-such-page", 404, accept_language=locale)
        for outcome in ("confirmed", "held", "already", "no-seat"):
            browser.get(f"{PAGE}/thanks?outcome={outcome}&locale={locale}")
        browser.get(f"{PAGE}/card.png?locale={locale}")
        for query in ("", "?count=1", "?count=2", "?count=1&seat=kept"):
            browser.get(f"/gone{query}", accept_language=locale)
        browser.get("/", accept_language=locale)
        browser.get("/handbook", accept_language=locale)
        browser.get(report, accept_language=locale)
        browser.get(f"{PAGE}/sent?locale={locale}&key=key-of-a-form-000000")
    for query in ("kind=organisation", "partner=river-watch&locale=de", "partner=no-such", "after=no-cursor&locale=fr"):
        browser.get(f"{PAGE}?{query}", 303 if "after" in query else 200)
    looks = "theme=dark&accent=%23336699&radius=4px&gap=1rem&size=bad"
    for query in (f"partner=river-watch&{looks}", "partner=www-lakes-example", "kind=organisation", "accent=red"):
        browser.get(f"{FRAME}?{query}")
        browser.get(f"{FRAME}/token?{query}")
        browser.get(f"{FRAME}/text?{query}")
        browser.get(f"{PAGE}/embed?mode=inline&form_locale=hy&{query}")
    for path in (
        "/s/no-such",
        "/embed/no-such",
        "/embed/no-such/text",
        "/s/draft-moors",
        "/s/no-such/embed",
        "/partner/no-such",
        "/s//",
    ):
        browser.get(path, 404)
    for slug in ("late-woods", "quiet-lakes", "shy-hills", "short-days"):
        browser.get(f"/s/{slug}")
        browser.get(f"/embed/{slug}")
        browser.get(f"/s/{slug}/card.png", 404 if slug == "quiet-lakes" else 200)
        browser.get(f"/s/{slug}/thanks")
    card = browser.get(f"{PAGE}/card.png")
    browser.get(f"{PAGE}/card.png", 304, if_none_match=card.header("ETag"))
    browser.send("PUT", PAGE, 405)
    read_oembed(browser)


def read_oembed(browser: Browser) -> None:
    page = f"{BASE_URL}{PAGE}"
    for query in (f"url={page}", f"url={page}%3Flocale%3Dfr%26partner%3Driver-watch", f"url={page}&maxwidth=300"):
        browser.get(f"/oembed?{query}", accept_language="hy")
    browser.get(f"/oembed?url={page}&format=xml", 501)
    for url in ("", f"{BASE_URL}/s/no-such", "https://other.example/s/open-rivers"):
        browser.get(f"/oembed?url={url}", 404, accept_language="ru")


def fetch_assets(browser: Browser) -> None:
    version = browser.get(f"{PAGE}/embed").find(r"/widget/([0-9.]+)/undersigned\.js")
    for path in (
        *(f"/widget/{one}/undersigned.js" for one in (version, "v1")),
        *(f"/widget/{one}/{name}" for one in (version, "v1") for name in ("undersigned.d.ts", "custom-elements.json")),
        *(f"/widget/{version}/{part}.js" for part in ("list", "rare", "sent")),
        *(
            "/static/getting.js",
            "/static/sharing.js",
            "/static/frame.js",
            "/static/tabs.js",
            "/static/desk.css",
            "/static/desk.js",
            "/static/founding.js",
        ),
        "/api/v1/openapi.yaml",
    ):
        for coding in ("br", "gzip", "identity"):
            answer = browser.get(path, accept_encoding=coding)
        browser.get(path, 304, if_none_match=answer.header("ETag"))
    browser.get("/widget/99.9/undersigned.js", 404)
    browser.get("/widget/v1/list.js", 404)
    browser.get("/static/no-such.js", 404)
    for name in ("partners", "admins", "operators", "api", "architecture", "form.png", "desk.png"):
        path = f"/handbook/{name}"
        answer = browser.get(path)
        browser.get(path, 304, if_none_match=answer.header("ETag"))
    browser.get("/handbook/no-such", 404)
    browser.get("/robots.txt")
    browser.get("/healthz")
    browser.get("/readyz")
    browser.get("/probe/no-token", 404)


def read_api(browser: Browser) -> None:
    for locale in (*LOCALES, "el", "pt-BR"):
        browser.get(f"{DATA}?locale={locale}")
        browser.get(f"{DATA}?partner=river-watch", accept_language=f"{locale};q=0.8,xx")
        browser.get(f"{DATA}/signatories?locale={locale}")
        browser.get(
            f"{DATA}/embed-check?locale={locale}&partner=no-such&version=0.1&clock=1", origin="https://evil.example"
        )
        browser.get("/api/v1/statements/no-such", 404, accept_language=locale)
    browser.get(f"{DATA}/embed-check?partner=river-watch", origin=PARTNER)
    browser.get(f"{DATA}/embed-check?script=https://cdn.example/undersigned.js")
    for slug in ("late-woods", "quiet-lakes", "shy-hills", "short-days"):
        browser.get(f"/api/v1/statements/{slug}")
        browser.get(f"/api/v1/statements/{slug}/embed-check")
        browser.get(f"/api/v1/statements/{slug}/signatories")
    browser.get("/api/v1/statements/draft-moors", 404)
    words = ("q=water", "q=%D6%84%D5%A1%D6%80", "q=nobody", "q=%20")
    for query in ("kind=organisation", "kind=individual", "kind=", *words):
        browser.get(f"{DATA}/signatories?{query}")
    browser.get(f"{DATA}/signatories?kind=robot", 400)
    browser.get(f"{DATA}/signatories?after=no-cursor", 400, accept_language="tr")
    browser.get("/api/v1/statements/no-such/signatories", 404)
    browser.get("/api/v1/statements/no-such/embed-check", 404)
    browser.send("DELETE", DATA, 405)
    browser.send("POST", "/api/v1/bounces", 404, json={"event": "failed"})


# Signing


def refuse_posts(signer: Signer) -> None:
    """Preflights, and posts of the widget that are refused, each for its own reason."""
    browser, sign = signer.browser, f"{DATA}/signatures"
    for path in (sign, f"{DATA}/confirmations"):
        browser.send("OPTIONS", path, 204, headers={"Origin": PARTNER, "Access-Control-Request-Method": "POST"})
        browser.send("OPTIONS", path, 403, headers={"Origin": "https://evil.example"})
    browser.send("OPTIONS", "/api/v1/statements/no-such/signatures", 404, headers={"Origin": PARTNER})
    for origin in ("https://evil.example", "null"):
        browser.post_json(sign, 403, {}, origin=origin, accept_language="fr")
    browser.post_json(sign, 403, {}, sec_fetch_site="cross-site")
    browser.post_json("/api/v1/statements/no-such/signatures", 404, {}, origin=PARTNER)
    for content_type, body, expect in (
        ("text/plain", "{}", 415),
        ("application/json", "{", 400),
        ("application/json", "[]", 400),
        ("application/json", '{"name": {"first": [1]}}', 400),
        ("application/json", '{"colour": "red"}', 400),
        ("application/json", '{"name": "a", "name": "b"}', 400),
        ("application/json", '{"name": 1}', 400),
        ("application/json", '{"name": "\\u0000"}', 400),
        ("application/json", b"\xff", 400),
        ("application/json", '{"name": "' + "x" * 20_000 + '"}', 413),
        ("application/json", "x" * 70_000, 413),
    ):
        browser.send("POST", sign, expect, headers={"Content-Type": content_type, "Origin": PARTNER}, data=body)
    refuse_submissions(signer)


def refuse_submissions(signer: Signer) -> None:
    token = signer.token(partner="river-watch")
    signer.sign(400, form_token="no token of ours", origin=PARTNER)
    signer.sign(400, form_token=signer.token("quiet-lakes"))
    signer.sign(403, slug="late-woods", form_token=token)
    signer.sign(409, slug="late-woods", form_token=token, origin=None)
    signer.sign(400, form_token=token, key="short")
    signer.sign(400, form_token=token, locale="not a language")
    wrong = {"name": "https://spam.example", "email": "nobody", "country": "XX", "title": "a" * 1000}
    for locale in LOCALES:
        body = {"form_token": token, "key": signer.key(), "kind": "individual", **wrong}
        headers = {"origin": PARTNER, "accept_language": locale}
        signer.browser.post_json(f"{DATA}/signatures", 422, body, **headers)
        signer.browser.post_json(f"{DATA}/signatures", 422, {"form_token": token, "key": signer.key()}, **headers)
    signer.sign(422, form_token=token, name=True)
    signer.sign(422, form_token=token, visibility="invisible", comment="\u202e" + "b" * 5000)
    signer.sign(422, form_token=token, **NGO | {"authorised": False, "organisation": ""})
    signer.world.clock.forward(seconds=60 - signer.world.clock.now % 60)
    fast = signer.browser.get(f"{DATA}?partner=river-watch").json["form_token"]
    signer.sign(400, form_token=fast)
    signer.world.clock.forward(hours=3)
    signer.sign(400, form_token=fast)


def sign_in_the_frame(signer: Signer) -> None:
    browser, world, sign = signer.browser, signer.world, f"{FRAME}/signatures"
    for path in (sign, f"{FRAME}/confirmations"):
        browser.send("OPTIONS", path, 204, headers={"Origin": "null", "Access-Control-Request-Method": "POST"})
        browser.send("OPTIONS", path, 403, headers={"Origin": PARTNER})
    for at, origin in enumerate((None, BASE_URL, "null")):
        headers = {"origin": origin} if origin else {}
        sandboxed = "&sandboxed=yes" if origin == "null" else ""
        token = browser.get(f"{FRAME}/token?partner=river-watch{sandboxed}").json["form_token"]
        world.clock.forward(seconds=3)
        body = {
            "form_token": token,
            "key": signer.key(),
            **ANI,
            "name": "Tea Frame",
            "email": f"tea{at}@frames.example",
        }
        browser.post_json(sign, 202, body, **headers)
        browser.post_json(sign, 422, body | {"key": signer.key(), "email": "nobody"}, **headers)
    browser.post_json(sign, 403, body, origin="https://evil.example")
    elsewhere = Browser(world, browser.app, address="198.51.100.9")
    elsewhere.post_json(sign, 400, body | {"key": signer.key()}, origin="null")
    email = mailed(deliver(world), "tea2@frames.example")
    confirm = f"{FRAME}/confirmations"
    typed = {"key": body["key"], "code": email.code, "consent": "individual"}
    browser.post_json(confirm, 422, typed | {"code": "00000000"}, origin="null")
    browser.post_json(confirm, 403, typed, origin="https://evil.example")
    browser.post_json(confirm, 200, typed, origin="null")
    browser.post_json("/embed/no-such/confirmations", 404, typed, origin="null")
    for locale in LOCALES:
        page = browser.get(f"{FRAME}?locale={locale}&partner=river-watch&theme=light&sandboxed=yes")
        world.clock.forward(seconds=3)
        browser.submit(page, sign, 422, email="nobody", headers={"Origin": "null"})
    page = browser.get(f"{FRAME}?partner=river-watch&theme=light")
    world.clock.forward(seconds=3)
    browser.submit(page, sign, 200, name="Lia Frame", email="lia@frames.example", partner_newsletter=NEWS)


def sign_on_the_page(signer: Signer) -> None:
    """The form without JavaScript, with what is wrong with it in every language."""
    browser, world = signer.browser, signer.world
    for locale in LOCALES:
        for kind in ("individual", "organisation"):
            page = browser.get(f"{PAGE}?locale={locale}&kind={kind}")
            world.clock.forward(seconds=3)
            browser.submit(page, PAGE, 422, email="nobody@", city="x" * 500)
    browser.submit(page, PAGE, 403, headers={"Origin": "https://evil.example"})
    browser.submit(page, PAGE, 400, form_token="no token")
    browser.submit(page, PAGE, 422, kind="robot")
    page = browser.get(f"{PAGE}?locale=fr&partner=river-watch")
    world.clock.forward(seconds=3)
    typed = {
        "name": "Zoé Page",
        "email": "zoe@pages.example",
        "country": "FR",
        "newsletter": "yes",
        "key": signer.key(),
    }
    sent = browser.submit(page, PAGE, 200, **typed)
    browser.submit(page, PAGE, 200, **typed)  # the same once more changes nothing
    browser.submit(page, PAGE, 409, **typed | {"name": "Another"})  # the key is of another submission
    email = mailed(deliver(world), "zoe@pages.example")
    place = f"{PAGE}/sent"
    for code in ("", "00000000"):
        page = browser.submit(sent, place, 422, code=code)
    browser.post(place, 400, {"key": "short", "code": "1"})
    browser.post(place, 403, {"key": "short"}, origin="https://evil.example")
    confirm = browser.submit(page, place, 303, code=email.code).location
    browser.submit(browser.get(confirm), confirm, 303, consent="yes")
    browser.get(browser.post("/s/late-woods", 409, {"form_token": "x"}).path)
    browser.post("/s/no-such", 404)
    deliver(world)


def confirm_by_code(signer: Signer) -> None:
    browser, world, confirm = signer.browser, signer.world, f"{DATA}/confirmations"
    key = signer.sign(**ANI | {"name": "Kote Code", "email": "kote@codes.example"}, partner_newsletter=NEWS)
    email = mailed(deliver(world), "kote@codes.example")
    typed = {"key": key, "code": email.code, "consent": "individual"}
    for wrong, expect in (
        ({"consent": None}, 422),
        ({"consent": "counted"}, 422),
        ({"code": " "}, 422),
        ({"code": "12345678"}, 422),
        ({"key": "short"}, 400),
        ({"key": "a-key-that-nobody-sent"}, 422),
    ):
        browser.post_json(confirm, expect, typed | wrong, origin=PARTNER, accept_language="ka")
    browser.post_json(confirm, 403, typed, origin="https://evil.example")
    browser.post_json(confirm, 400, typed | {"colour": "red"}, origin=PARTNER)
    browser.post_json(confirm, 200, typed, origin=PARTNER)
    browser.post_json(confirm, 200, typed, origin=PARTNER)
    deliver(world)
    key = signer.sign(**ANI | {"name": "Guess Work", "email": "guess@codes.example"})
    email = mailed(deliver(world), "guess@codes.example")
    for guess in range(6):
        browser.post_json(confirm, 422, {"key": key, "code": f"{guess:08}", "consent": "individual"}, origin=PARTNER)
    browser.post_json(confirm, 422, {"key": key, "code": email.code, "consent": "individual"}, origin=PARTNER)


def confirm_by_link(signer: Signer) -> None:
    """The link of the email: look, mend, confirm; not me; too old, and a new one."""
    browser, world = signer.browser, signer.world
    for locale in LOCALES:
        signer.sign(**ANI | {"name": f"Locale {locale}", "email": f"{locale}@links.example"}, locale=locale)
    emails = deliver(world)
    for locale in LOCALES:
        browser.get(mailed(emails, f"{locale}@links.example").link("confirm"))
        browser.post(mailed(emails, f"{locale}@links.example").link("confirm"), 422)
    link = mailed(emails, "en@links.example").link("confirm")
    page = browser.get(link)
    browser.submit(page, "/change", 422, name="")
    browser.submit(page, "/change", 303, name="Ellen Mended", city="Lake Town", country="GE", visibility="initials")
    page = browser.get(link)
    browser.submit(page, link, 403, consent="yes", headers={"Origin": PARTNER})
    browser.get(browser.submit(page, link, 303, consent="yes").location)
    browser.submit(page, link, 303, consent="yes")
    browser.get(link, 303)
    browser.submit(page, "/change", 303, name="Ellen Late")
    disown(signer, mailed(emails, "fr@links.example").link("confirm"), never=None)
    disown(signer, mailed(emails, "de@links.example").link("confirm"), never="yes")
    browser.get("/confirm/no-token", 404, accept_language="hy")
    browser.post("/confirm/no-token", 404)
    for step in ("change", "not-me", "resend"):
        browser.post(f"/confirm/no-token/{step}", 404)
    deliver(world)
    signer.sign(**ANI | {"name": "Ellen Mended", "email": "en@links.example"})
    deliver(world)  # this mailbox has signed already
    signer.sign(**NGO)
    link = mailed(deliver(world), NGO["email"]).link("confirm")
    browser.get(link)
    browser.post(link, 303, {"consent": "yes"})
    signer.sign(**NGO | {"email": "somebody@mail.example", "organisation": "Clear Water"})
    browser.post(mailed(deliver(world), "somebody@mail.example").link("confirm"), 303, {"consent": "yes"})
    deliver(world)


def disown(signer: Signer, link: str, *, never: str | None) -> None:
    browser = signer.browser
    page = browser.get(link)
    browser.submit(page, "/not-me", 422)
    undo = browser.submit(page, "/not-me", 303, not__me="yes", never=never).location
    browser.submit(page, "/not-me", 404, not__me="yes")
    browser.get(link, 404)
    deliver(signer.world)
    path = undo.partition("?")[0]
    for locale in LOCALES:
        page = browser.get(f"{path}?locale={locale}")
    browser.get(browser.submit(page, path, 303).location)
    browser.submit(page, path, 303)
    browser.get("/undo/no-token", 404)
    browser.post("/undo/no-token", 404)


def manage(signer: Signer) -> None:
    """Everything that signers can do with what they have signed."""
    browser = signer.browser
    email = signer.confirmed(
        **ANI | {"name": "Mara Manage", "email": "mara@manage.example"}, newsletter=True, partner_newsletter=NEWS
    )
    link = email.link("signature")
    for locale in ("en", "ar"):
        page = browser.get(link, accept_language=locale)
    browser.submit(page, "/change", 422, name="", country="XX")
    browser.submit(page, "/change", 303, name="Mara Changed", city="Hill", visibility="counted")
    page = browser.get(f"{link}?done=changed")
    browser.submit(page, "/change", 303, visibility="name")
    browser.get(f"{link}/data.json")
    browser.submit(page, "/news", 303, having=("partner", "river-watch"))
    browser.post(f"{link}/news", 303, {"partner": "Nobody"})
    browser.get(browser.post(f"{link}/news", 303).location)
    browser.post(f"{link}/keep", 422)
    browser.post(f"{link}/keep", 303, {"consent": "yes", "wording": "individual", "text": "0" * 64})  # nothing to ask
    browser.post(f"{link}/affirm", 303)
    browser.submit(page, "/withdraw", 422)
    browser.submit(page, "/withdraw", 403, withdraw="yes", headers={"Origin": PARTNER})
    browser.get(browser.submit(page, "/withdraw", 303, withdraw="yes", shown="yes").location)
    browser.submit(page, "/withdraw", 303, withdraw="yes")
    browser.submit(browser.get(link), "/erase", 422)
    browser.get(browser.submit(browser.get(link), "/erase", 303, erase="yes").location)
    browser.get(link, 404)
    for path in ("", "/data.json"):
        browser.get(f"/signature/no-token{path}", 404, accept_language="uk")
    for step in ("change", "keep", "affirm", "withdraw", "news", "erase"):
        browser.post(f"/signature/no-token/{step}", 404)
        browser.post(f"/signature/no-token/{step}", 403, origin="https://evil.example")
    signer.confirmed(**ANI | {"name": "Una News", "email": "una@manage.example"}, newsletter=True)


def ask_for_links(signer: Signer) -> None:
    browser, world = signer.browser, signer.world
    for locale in LOCALES:
        page = browser.get(f"{PAGE}/links?locale={locale}")
        browser.submit(page, "/links", 422, email="nobody")
        browser.submit(page, "/links", 422)
    page = browser.get(f"{PAGE}/links")
    for address in ("una@manage.example", "hy@links.example", "stranger@nowhere.example"):
        browser.get(browser.submit(page, "/links", 303, email=address).location)
    browser.submit(page, "/links", 403, email="una@manage.example", headers={"Origin": PARTNER})
    browser.post("/s/no-such/links", 404)
    deliver(world)
    world.clock.forward(hours=1)
    browser.submit(page, "/links", 303, email="una@manage.example")
    deliver(world, UNDERSIGNED_MAIL_PER_DAY="1")  # kept back: the address has had its emails


def sign_other_statements(signer: Signer) -> None:
    """Statements that demand the code, hold everybody, show nobody yet, or end soon."""
    browser, world = signer.browser, signer.world
    signer.sign(422, slug="quiet-lakes", **ANI)
    signer.sign(422, slug="quiet-lakes", **NGO)
    for name in ("Hanna Held", "Rosa Refused"):
        address = f"{name.partition(' ')[0].lower()}@lakes.example"
        signer.sign(slug="quiet-lakes", **ANI | {"name": name, "email": address}, city="Lake Town")
        email = mailed(deliver(world), address)
        link = email.link("confirm")
        page = browser.get(link)
        browser.submit(page, link, 422, consent="yes", code="00000000")
        browser.submit(page, link, 303, consent="yes", code=email.code)
        deliver(world)
    for at, name in enumerate(("Shy One", "Shy Two", "Shy Three")):
        signer.confirmed(slug="shy-hills", origin=None, **ANI | {"name": name, "email": f"shy{at}@hills.example"})
        browser.get("/s/shy-hills")
        browser.get("/api/v1/statements/shy-hills/signatories")
    day = ANI | {"name": "Day One", "email": "day@short.example"}
    signer.confirmed(slug="short-days", origin=None, **day, newsletter=True)


def fill_list(signer: Signer) -> None:
    """So many names that the public list has two pages."""
    browser, world = signer.browser, signer.world
    for at in range(60):
        name = {"name": f"Lister {'abcdefghij'[at % 10]}{'klmnop'[at // 10]}", "email": f"list{at}@many.example"}
        third = at % 3
        shown = ("name", "initials", "country")[third]
        signer.sign(**ANI | name, country=("GE", "AM", "FR")[third], visibility=shown)
    for email in deliver(world):
        browser.post(email.link("confirm"), 303, {"consent": "yes"})
    deliver(world)
    follow_list(browser)


def follow_list(browser: Browser) -> None:
    following = browser.get(f"{DATA}/signatories").json["next"]
    while following:
        following = browser.get(f"{DATA}/signatories?after={following}").json["next"]
    page: Answer | None = browser.get(f"{PAGE}?locale=en&partner=river-watch")
    while page is not None:
        found = re.search(r'href="([^"]*[?&;]after=[^"]*)"', page.text)
        page = browser.get(found[1].replace("&amp;", "&").partition("#")[0]) if found else None


# Machines, limits, another address


def pull_dumps(world: World, app: Any, *, tokens: dict[str, str]) -> None:
    browser, place = Browser(world, app), "/admin/statements/open-rivers/signatures"
    for ending in ("csv", "jsonl"):
        browser.get(f"{place}.{ending}", 401)
        browser.get(f"{place}.{ending}", 401, authorization="Basic abc")
        for name, expect in (("all", 200), ("rivers", 200), ("lakes", 401), ("revoked", 401)):
            browser.get(f"{place}.{ending}", expect, authorization=f"Bearer {tokens[name]}")
        key = {"authorization": f"Bearer {tokens['all']}"}
        whose = ("kind=organisation", "state=held", "partner=river-watch", "locale=hy")
        for query in ("columns=id,name,kind", *whose, "since="):
            browser.get(f"{place}.{ending}?{query}", **key)
        for query in ("columns=colour", "columns=id,id", "kind=robot", "state=pending", "since=x", "since=&state=held"):
            browser.get(f"{place}.{ending}?{query}", 400, **key)
        since = browser.get(f"{place}.{ending}?since=&columns=id", **key)
        for name, value in since.headers:
            if re.fullmatch(r"\d+-\d+-[0-9a-f]{8}", value):
                browser.get(f"{place}.{ending}?since={value}", **key)
                world.write(f"(the mark is in {name})")
        browser.get(f"/admin/statements/no-such/signatures.{ending}", 401, **key)
    world.clock.forward(days=31)
    browser.get(f"{place}.csv", 401, authorization=f"Bearer {tokens['rivers']}")
    world.clock.now -= 31 * 86400


def visit_limited(world: World, app: Any) -> None:
    """Knock more often than the limits of this app allow: at pages, the API, forms, links and the desk."""
    signer = Signer(world, app, address="198.51.100.77")
    browser = signer.browser
    for expect in (200, 200, 429):
        browser.get(PAGE, expect, accept_language="ar")
        browser.get(DATA, expect, accept_language="ka")
        browser.get("/admin/login", expect)
    world.clock.forward(minutes=2)
    token = browser.get(f"{DATA}?partner=river-watch").json["form_token"]
    page = browser.get(PAGE)
    world.clock.forward(seconds=3)
    signer.sign(form_token=token, name="Limit One", email="one@limits.example")
    signer.sign(429, form_token=token, name="Limit Two", email="two@limits.example")
    browser.submit(page, PAGE, 429, name="Limit Three", email="three@limits.example")
    browser.submit(page, PAGE, 429, name="Limit Four", email="four@limits.example")
    for expect in (404, 429):
        browser.get("/confirm/no-token", expect)
        browser.post("/confirm/no-token/resend", expect)
        browser.get("/admin/statements/open-rivers/signatures.csv", 401 if expect == 404 else 429)
    world.clock.forward(minutes=2)
    page = browser.get("/admin/login")
    browser.submit(page, "/admin/login", 422, name="olga", password="wrong", code="000000")
    browser.submit(page, "/admin/login", 429, name="olga", password="wrong", code="000000")
    deliver(world)


def visit_https(world: World, app: Any) -> None:
    """The same tables behind a proxy and under another address."""
    browser = Browser(world, app, address="10.0.0.1", base_url="https://letters.example")
    forwarded = {"x_forwarded_for": '"1.2.3.4, 203.0.113.5', "x_forwarded_proto": "https"}
    for locale in LOCALES:
        browser.get("/", accept_language=locale, **forwarded)
    browser.get(PAGE, **forwarded)
    browser.get("/admin/login", **forwarded)
    browser.get("/admin/", 303, **forwarded)
    browser.get(f"{DATA}?partner=river-watch", **forwarded)
    browser.get(f"{DATA}/embed-check?partner=river-watch", origin=PARTNER)
    browser.get(FRAME)
    browser.get("/oembed?url=https://letters.example/s/open-rivers")
    browser.get(f"{PAGE}/embed?partner=river-watch")
    browser.post_json(f"{DATA}/signatures", 400, {"form_token": "x"}, origin=PARTNER)


# Later


def return_later(world: World, app: Any) -> None:
    """What days do: links expire, texts have newer versions, statements end, and the chores of each hour tell of it."""
    signer = Signer(world, app)
    browser = signer.browser
    signer.sign(**ANI | {"name": "Late Comer", "email": "late@later.example"})
    link = mailed(deliver(world), "late@later.example").link("confirm")
    asked = commands.run_hourly_jobs(world)
    for locale in LOCALES:
        browser.get(f"{PAGE}/versions?locale={locale}")
    keep_or_leave(browser, [email for email in asked if "/signature/" in email.text][:3])
    world.clock.forward(days=2, hours=1)
    commands.run_hourly_jobs(world)  # reminders
    world.clock.forward(days=6)
    page = browser.get(link, 410)
    browser.post(link, 410, {"consent": "yes"})
    browser.post(f"{link}/change", 410)
    browser.submit(page, "/not-me", 422)
    browser.get(browser.submit(page, "/resend", 303).location)
    emails = commands.run_hourly_jobs(world)  # the result of short-days, too
    browser.post(mailed(emails, "late@later.example").link("confirm"), 303, {"consent": "yes"})
    unsubscribe(browser, mailed(emails, "day@short.example").link("unsubscribe"))
    for slug in ("short-days", "quiet-lakes", "shy-hills"):
        browser.get(f"/s/{slug}")
        browser.get(f"/api/v1/statements/{slug}")
        browser.get(f"/api/v1/statements/{slug}/signatories")
        browser.get(f"/api/v1/statements/{slug}/embed-check", accept_language="fr")
    signer.sign(409, slug="short-days", origin=None)
    world.clock.forward(days=40)
    commands.run_hourly_jobs(world)  # what was never confirmed is forgotten, and who signed short-days
    browser.get("/api/v1/statements/short-days/signatories")
    follow_list(browser)


def unsubscribe(browser: Browser, link: str) -> None:
    for locale in ("en", "ar"):
        browser.get(link, accept_language=locale)
    browser.post(link, 403, origin="https://evil.example")
    browser.post(link, 200, {"List-Unsubscribe": "One-Click"})
    browser.post(link, 200, accept_language="ru")
    browser.get("/unsubscribe/no-token", 404)
    browser.post("/unsubscribe/no-token", 404)


def keep_or_leave(browser: Browser, emails: list[Email]) -> None:
    """Let a name stand under the new text, or not."""
    for email in emails:
        link = email.link("signature")
        page = browser.get(link)
        browser.submit(page, "/keep", 422)
        browser.submit(page, "/keep", 422, consent="yes", text="0" * 64)
        browser.get(browser.submit(page, "/keep", 303, consent="yes").location)

"""The part of the walk that admins go at the desk, each page and each form of it."""

import io
import re
from typing import Any

import pyotp

from tests.walk.world import Answer, Browser, World, deliver

RIVERS = "/admin/statements/open-rivers"
LAKES = "/admin/statements/quiet-lakes"
PASSWORD = "a river is a road that walks"
PASTED = "1. Hill Club NGO\n2. Eka Founder, Painter\n3. Nika Founder <nika@founders.example>\n\nSigned by:\n"


class Admin:
    """An admin in a browser of their own, with a phone."""

    def __init__(self, world: World, app: Any, name: str) -> None:
        self.world, self.name, self.secret = world, name, ""
        self.browser = Browser(world, app, address=f"203.0.113.{len(name) * 10}")

    def code(self) -> str:
        """Wait until the phone shows a code that was not used yet, and return it."""
        self.world.clock.forward(seconds=60)
        return pyotp.TOTP(self.secret).at(self.world.clock.now)

    def set_up(self, first_password: str) -> Answer:
        """Log in for the first time; return the page with the recovery codes."""
        browser = self.browser
        page = browser.get("/admin/login")
        entered = {"name": self.name, "password": first_password, "code": ""}
        browser.submit(page, "/admin/login", 303, **entered)
        setup = browser.get("/admin/setup")
        browser.get("/admin/setup/phone.svg")
        browser.get("/admin/", 303)
        self.secret = setup.find(r"<code[^>]*>([A-Z2-7 ]{16,})</code>").replace(" ", "")
        chosen = {"new_password": PASSWORD, "again": PASSWORD}
        browser.submit(setup, "/admin/setup", 422, **chosen | {"again": "other"}, code="000000")
        browser.submit(setup, "/admin/setup", 422, new_password="short", again="short", code=self.code())
        browser.submit(setup, "/admin/setup", 422, **chosen, code="000000")
        return browser.submit(setup, "/admin/setup", 200, **chosen, code=self.code())

    def log_in(self, expect: int = 303, **typed: str) -> Answer:
        page = self.browser.get("/admin/login?next=/admin/statements/open-rivers")
        entered = {"name": self.name, "password": PASSWORD, "code": typed.pop("code", None) or self.code(), **typed}
        return self.browser.submit(page, "/admin/login", expect, **entered)


def visit(world: World, app: Any, *, passwords: dict[str, str]) -> None:
    """Visit all of the desk, as its owner, as a moderator, as a viewer and as a stranger."""
    admins = {name: Admin(world, app, name) for name in ("olga", "mher", "vera", "otar")}
    stand_outside(Browser(world, app))
    codes = re.findall(r"[A-Z2-7]{4}(?:-[A-Z2-7]{4})+", admins["olga"].set_up(passwords["olga"]).text)
    for name in ("mher", "vera", "otar"):
        admins[name].set_up(passwords[name])
    come_and_go(admins["olga"], codes)
    for admin in admins.values():
        look_around(admin.browser)
    olga, mher = admins["olga"], admins["mher"]
    write_statement(olga)
    revise(olga)
    settle(olga)
    found(mher)
    invite(mher)
    decide(world, mher.browser)
    let_partners_in(olga.browser)
    give_roles(olga.browser)
    make_tokens(olga.browser)
    take_dumps(olga)
    read_journal(olga.browser)
    read_outbox(olga.browser)
    change_account(olga)
    refuse_others(admins["vera"], admins["otar"])
    deliver(world)


def stand_outside(stranger: Browser) -> None:
    for path in ("/admin/", "/admin/people", RIVERS, f"{RIVERS}/journal", "/admin/setup"):
        stranger.get(path, 303, accept_language="fr")
    stranger.get("/admin/alive", 303)
    stranger.get("/admin/no-such-page", 404, accept_language="de")
    for locale in ("en", "fr", "hy", "ar"):
        stranger.get("/admin/login", accept_language=locale)
    stranger.post("/admin/login", 400, {"name": "olga", "password": "x", "code": "1"})
    stranger.post("/admin/login", 403, origin="https://evil.example")
    stranger.post(f"{RIVERS}/close", 401, {"reason": "I say so."})
    page = stranger.get("/admin/login")
    for name in ("olga", "nobody"):
        stranger.submit(page, "/admin/login", 422, name=name, password="wrong", code="000000")


def come_and_go(admin: Admin, codes: list[str]) -> None:
    browser = admin.browser
    browser.get("/admin/alive", 204)
    browser.submit(browser.get("/admin/"), "/admin/logout", 303)
    browser.get("/admin/", 303)
    admin.log_in(422, code="000000")
    admin.log_in(422, password="wrong")
    browser.get(admin.log_in().location)
    browser.submit(browser.get("/admin/"), "/admin/logout", 303)
    browser.get(admin.log_in(code=codes[0]).location)
    browser.submit(browser.get("/admin/"), "/admin/logout", 303)
    admin.log_in(422, code=codes[0])
    admin.log_in()


def look_around(browser: Browser) -> None:
    """Every page, for each role; ``send`` with its own status, since who may see what is what is recorded."""
    pages = ("", "/texts", "/texts/en", "/texts/hy", "/texts/el", "/texts/pt-BR", "/texts/xx", "/texts/en/revise")
    more = (
        "/settings",
        "/consent",
        "/emails",
        "/founding/",
        "/invitations/",
        "/signatures",
        "/queue",
        "/partners",
        "/dump",
        "/journal",
    )
    last = ("/people", "/tokens", "/partners/river-watch", "/partners/no-such", "/signatures/1", "/signatures/9999")
    places = [f"{RIVERS}{page}" for page in (*pages, *more, *last, "/founding/1", "/founding/9999")]
    everywhere = ["/admin/", "/admin/people", "/admin/tokens", "/admin/journal", "/admin/statements/new"]
    for path in (*everywhere, *places, LAKES, "/admin/statements/no-such", "/admin/account/"):
        browser.look(path)
    for kind in ("confirm", "thanks", "held", "result", "no-such"):
        for locale in ("en", "ar", "xx"):
            browser.look(f"{RIVERS}/emails?kind={kind}&locale={locale}")
            browser.look(f"{RIVERS}/emails/letter?kind={kind}&locale={locale}")


def write_statement(admin: Admin) -> None:
    """A new statement: its first text, another language, and the steps of its life."""
    browser, place = admin.browser, "/admin/statements/new-fields"
    page = browser.get("/admin/statements/new")
    typed = {"slug": "new-fields", "title": "Keep the fields", "body": "We ask for **fields**.", "date": "2027-01-09"}
    browser.submit(page, "/admin/statements", 422, slug="Not A Slug", title="", body="", date="yesterday")
    browser.submit(page, "/admin/statements", 422, **typed | {"slug": "open-rivers"})
    browser.submit(page, "/admin/statements", 200, **typed, press="/admin/preview")
    browser.submit(page, "/admin/statements", 400, **typed, csrf_token=None)
    browser.submit(page, "/admin/statements", 403, **typed, headers={"Origin": "https://evil.example"})
    browser.get(browser.submit(page, "/admin/statements", 303, **typed).location)
    page = browser.get(f"{place}/texts")
    browser.submit(page, "/texts", 422, locale="no language")
    page = browser.get(browser.submit(page, "/texts", 303, locale="hy").location)
    browser.submit(page, "/texts/hy", 422, title="", body="")
    browser.submit(page, "/texts/hy", 200, title="Դաշտեր", body="_Մենք_", press="/admin/preview")
    browser.get(browser.submit(page, "/texts/hy", 303, title="Դաշտեր", body="Մենք").location)
    browser.submit(page, "/texts/hy", 409, title="Other", body="Of an old page.")
    overview = browser.get(place)
    look_at_draft(browser, overview.find(r'(/preview/[^"<\s]+)'))
    browser.get(browser.submit(overview, "/open", 303).location)
    browser.get(overview.find(r'(/preview/[^"<\s]+)'), 303)
    for step, undo in (("close", "open"), ("archive", "unarchive")):
        page = browser.get(place)
        if step == "archive":
            browser.submit(page, "/close", 303, reason="It is done.")
            page = browser.get(place)
        browser.submit(page, f"/{step}", 422, reason="")
        browser.get(browser.submit(page, f"/{step}", 303, reason="We think it over.").location)
        browser.get("/s/new-fields", 404 if step == "archive" else 200)
        browser.get(browser.submit(browser.get(place), f"/{undo}", 303).location)


def look_at_draft(browser: Browser, preview: str) -> None:
    for locale in ("en", "hy", "fr"):
        browser.get(f"{preview}?locale={locale}")
    browser.get("/preview/no-token", 404, accept_language="az")


def revise(admin: Admin) -> None:
    """A text that people have signed: a typo in one language, the substance in another."""
    browser = admin.browser
    for locale, change in (("en", "typo"), ("fr", "substance")):
        place = f"/texts/{locale}/revise"
        page = browser.get(f"{RIVERS}{place}")
        words = {"body": "We ask for rivers.", "reason": "It was not clear.", "change": change}
        browser.submit(page, place, 422, title="", reason="", change="none", step="look")
        browser.submit(page, place, 422, reason="Nothing.", change=change, step="look")
        check = browser.submit(page, place, 200, **words, step="look")
        browser.submit(check, place, 200, step="back")
        browser.get(browser.submit(check, place, 303, step="publish").location)
        browser.submit(check, place, 422, step="publish")
    page = browser.get(f"{RIVERS}/texts/en")
    browser.look(f"{RIVERS}/texts/en?done=saved")
    browser.post(f"{RIVERS}/texts/en", 409, _with_token(page, title="Other", body="Signed already", was="x"))


def _with_token(page: Answer, **typed: Any) -> dict[str, Any]:
    return {"csrf_token": page.find(r'name="csrf_token" value="([^"]+)"'), **typed}


def settle(admin: Admin) -> None:
    browser = admin.browser
    page = browser.get(f"{RIVERS}/settings")
    browser.submit(page, "/settings", 422, goal="many", closes="never", timezone="No/Where", visibilities=None)
    browser.get(browser.submit(page, "/settings", 303, goal="600", reply_to="other@letters.example").location)
    browser.submit(page, "/settings", 409, goal="700")
    page = browser.get(f"{RIVERS}/consent")
    browser.submit(page, "/consent", 422, en__individual="a" * 700)
    browser.get(browser.submit(page, "/consent", 303, hy__individual="Ես ստորագրում եմ։").location)
    browser.submit(page, "/consent", 409, hy__individual="Other words.")
    page = browser.get(f"{RIVERS}/emails")
    browser.submit(page, "/emails/trust", 422, domain="gmail.com")
    browser.submit(page, "/emails/trust", 303, domain="lake.example")
    page = browser.get(f"{RIVERS}/emails")
    browser.submit(page, "/emails/limit", 303)
    page = browser.get("/admin/statements/shy-hills/settings")
    browser.submit(page, "/settings", 422, list_from="")
    browser.submit(page, "/settings", 303, list_from="2027-01-16T10:00", sooner="yes")


def found(admin: Admin) -> None:
    """The founding list: pasted, mended, entered with questions by email, arranged, corrected."""
    browser, place = admin.browser, f"{RIVERS}/founding"
    page = browser.get(f"{place}/")
    browser.submit(page, "/preview", 422, list="")
    browser.submit(page, "/preview", 400, list="Ani", kind="robots")
    browser.submit(page, "/preview", 422, file=(io.BytesIO(b"\xff\xfe"), "list.csv"))
    browser.submit(page, "/preview", 200, file=(io.BytesIO(b"Name,Role\nSopho File,Weaver\n"), "list.csv"))
    sheet = browser.submit(page, "/preview", 200, list=PASTED)
    sheet = browser.submit(sheet, "/rows", 200, do="add:0")
    sheet = browser.submit(sheet, "/rows", 200)
    sheet = browser.submit(browser.submit(sheet, "/rows", 200, do="join:2"), "/rows", 200, do="undo")
    browser.submit(sheet, "/rows", 200, do="split:1")
    browser.submit(sheet, "/rows", 400, do="columns")
    browser.submit(sheet, "/rows", 422, sheet="another")
    names = [value for name, value in sheet.form("/rows")[1] if name == "name"]
    emails = ["asked@founders.example"] + [""] * (len(names) - 1)
    enter = f"{place}/import"
    kinds = ["individual"] * len(names)
    filled = {"kind": kinds, "email": emails, "ask": "yes"}
    browser.submit(sheet, "/rows", 422, press=enter, name=[""] * len(names))
    names = [f"Founder {word}" for word in ("One", "Two", "Three", "Four", "Five")][: len(names)]
    browser.get(browser.submit(sheet, "/rows", 303, press=enter, **filled, name=names).location)
    for email in deliver(admin.world):
        answer_question(browser, email.link("signature"))
    page = browser.get(f"{place}/")
    numbers = [value for name, value in page.form("/order")[1] if name == "order"]
    browser.get(browser.submit(page, "/order", 303, order=numbers[::-1]).location)
    browser.submit(page, "/order", 400, order=["1"])
    line = re.findall(r"/founding/(\d+)", page.text)[-1]
    page = browser.get(f"{place}/{line}")
    browser.submit(page, "/line", 422, name="")
    browser.get(browser.submit(page, "/line", 303, name="Founder Corrected", title="Smith").location)
    browser.submit(page, "/line", 409, name="Founder Stale")
    browser.submit(page, "/remove", 422)
    browser.get(browser.submit(page, "/remove", 303, remove="yes", reason="Entered by mistake.").location)


def invite(admin: Admin) -> None:
    """A list of people who signed elsewhere: invited, looked at, stopped."""
    browser, place = admin.browser, f"{RIVERS}/founding"
    page = browser.get(f"{place}/")
    listed = "Name,Email\nIlia Invited,ilia@elsewhere.example\nNana Invited,nana@elsewhere.example\n"
    sheet = browser.submit(page, "/preview", 200, list=listed)
    chosen = {"press": f"{place}/import", "as": "invite"}
    browser.submit(sheet, "/rows", 422, **chosen, source="")
    browser.get(f"{RIVERS}/invitations/")
    browser.get(browser.submit(sheet, "/rows", 303, **chosen, source="the form at elsewhere.example").location)
    deliver(admin.world)
    browser.look(f"{RIVERS}/signatures?state=pending")
    page = browser.get(f"{RIVERS}/invitations/")
    browser.get(browser.submit(page, "/stop", 303).location)


def answer_question(browser: Browser, link: str) -> None:
    """Say yes to one's line on the founding list."""
    page = browser.get(link)
    browser.submit(page, "/affirm", 303)
    browser.get(link)


def decide(world: World, browser: Browser) -> None:
    """Look for signatures, decide about many and about one, edit a line, and go through the queue."""
    place = f"{RIVERS}/signatures"
    for query in (
        *("q=lister", "q=", "q=%D5%A1%D5%B6%D5%AB", "q=!", "domain=many.example", "partner=river-watch", "locale=hy"),
        *("kind=organisation", "state=held", "state=pending", "from=2027-01-15&until=2027-01-15", "before=40"),
    ):
        browser.look(f"{place}?{query}")
    for query, expect in (("from=yesterday", 422), ("state=gone", 400), ("partner=no-such", 400), ("before=x", 400)):
        browser.get(f"{place}?{query}", expect)
    page = browser.get(place)
    browser.submit(page, "/of-address", 200, address="una@manage.example")
    browser.submit(page, "/of-address", 422, address="nobody")
    page = browser.get(f"{place}?q=lister&state=confirmed")
    ids = re.findall(r'name="seen-(\d+)"', page.text)[:4]
    decide_together(browser, page, ids)
    decide_alone(world, browser, ids)
    go_through_queue(browser)


def _decision(page: Answer, ids: list[str], verb: str, reason: str) -> dict[str, Any]:
    seen = {f"seen-{one}": page.find(rf'name="seen-{one}" value="([^"]+)"') for one in ids}
    return _with_token(page, id=ids, verb=verb, reason=reason, **seen)


def decide_together(browser: Browser, page: Answer, ids: list[str]) -> None:
    place = f"{RIVERS}/signatures"
    browser.post(place, 422, _decision(page, ids, "hold", ""))
    browser.post(place, 422, _decision(page, [], "hold", "None of them."))
    browser.post(place, 400, _decision(page, ids, "praise", "No such verb."))
    for verb in ("hold", "approve", "remove", "restore"):
        done = browser.post(
            f"{place}?q=lister", 303, _decision(page, ids, verb, "" if verb == "approve" else "We look.")
        )
        browser.get(done.location)


def decide_alone(world: World, browser: Browser, ids: list[str]) -> None:
    place = f"/signatures/{ids[0]}"
    for verb in ("hold", "approve", "remove", "restore"):
        page = browser.get(f"{RIVERS}{place}")
        if verb != "approve":
            browser.submit(page, place, 422, verb=verb, reason="")
        browser.submit(page, place, 303, verb=verb, reason="One by one.")
    page = browser.get(f"{RIVERS}{place}")
    browser.submit(page, f"{place}/edit", 422, name="", reason="")
    browser.get(browser.submit(page, f"{place}/edit", 303, name="Lister Edited", reason="By request.").location)
    browser.submit(page, f"{place}/edit", 409, name="Lister Stale", reason="Of an old page.")
    browser.post(f"{RIVERS}{place}/resend", 422, _with_token(page))
    pending = browser.get(f"{RIVERS}/signatures?state=pending").find(r"open-rivers/signatures/(\d+)")
    page = browser.get(f"{RIVERS}/signatures/{pending}")
    browser.get(browser.submit(page, "/resend", 303).location)
    deliver(world)


def go_through_queue(browser: Browser) -> None:
    for query in ("kind=organisation", "kind=individual", "kind=individual&after=1-1"):
        page = browser.get(f"{RIVERS}/queue?{query}")
    browser.get(f"{RIVERS}/queue?kind=robot", 400)
    page = browser.get(f"{RIVERS}/queue?kind=organisation")
    held = page.find(r'name="id" value="(\d+)"')
    having = ("id", held)
    browser.submit(page, "/queue", 422, having=having, verb="remove", reason="")
    browser.get(browser.submit(page, "/queue", 303, having=having, verb="approve").location)
    browser.submit(page, "/queue", 303, having=having, verb="approve")


def go_through_lakes(browser: Browser) -> None:
    """Approve one and refuse another of those who wait: both are told by email."""
    page = browser.get(f"{LAKES}/queue?kind=individual")
    waiting = re.findall(r'name="id" value="(\d+)"', page.text)
    for held, verb in zip(waiting, ("approve", "remove"), strict=False):
        browser.submit(page, "/queue", 303, having=("id", held), verb=verb, reason="We know them.")


def let_partners_in(browser: Browser) -> None:
    place = f"{RIVERS}/partners"
    page = browser.get(place)
    browser.submit(page, "/partners", 422, name="", origins="http://not-https.example\nnot an origin")
    browser.submit(page, "/partners", 422, name="Other", origins="https://x.example", short_name="Not A Name")
    added = browser.submit(
        page, "/partners", 303, name="Meadow Friends", origins="https://meadow.example", short_name="meadow"
    )
    page = browser.get(added.location)
    one = f"{place}/meadow"
    browser.submit(page, "/meadow", 422, name="", origins="")
    browser.get(browser.submit(page, "/meadow", 303, name="Meadow", locale="fr", theme="dark").location)
    browser.submit(page, "/newsletter", 422, newsletter__en="a" * 1000)
    browser.get(browser.submit(page, "/newsletter", 303, newsletter__en="Meadow news.").location)
    report = browser.submit(page, "/report", 200).find(r"(/partner/[\w-]+)")
    browser.get(report)
    browser.get(browser.submit(browser.get(one), "/report/end", 303).location)
    browser.get(report, 404)
    page = browser.get(one)
    browser.get(browser.submit(page, "/revoke", 303).location)
    browser.submit(browser.get(place), "/meadow/restore", 303)
    browser.get(browser.submit(browser.get(one), "/leave", 303).location)
    browser.post(f"{one}/leave", 404, _with_token(page))
    browser.post("/admin/partners/no-such/revoke", 404, _with_token(page))
    browser.post("/admin/partners/no-such/restore", 404, _with_token(page))
    go_through_lakes(browser)


def give_roles(browser: Browser) -> None:
    place = f"{RIVERS}/people"
    page = browser.get(place)
    token = _with_token(page)
    browser.post(place, 422, token | {"name": "nobody", "role": "viewer"})
    browser.post(place, 422, token | {"name": "paul", "role": "king"})
    browser.get(browser.post(place, 303, token | {"name": "paul", "role": "moderator"}).location)
    browser.get(browser.post(f"{place}/take", 303, token | {"name": "paul"}).location)
    browser.post(f"{place}/take", 422, token | {"name": "nobody"})
    for step in ("disable", "enable", "end-sessions"):
        browser.get(browser.post(f"/admin/people/{step}", 303, token | {"name": "paul"}).location)
        browser.post(f"/admin/people/{step}", 404, token | {"name": "nobody"})
    browser.post("/admin/people/disable", 422, token | {"name": "olga"})


def make_tokens(browser: Browser) -> None:
    page = browser.get(f"{RIVERS}/tokens")
    browser.submit(page, "/tokens", 422, name="", days="30")
    browser.submit(page, "/tokens", 422, name="desk", days="99999")
    made = browser.submit(page, "/tokens", 200, name="desk", days="30")
    key = {"authorization": f"Bearer {made.find(r'(us_[A-Za-z0-9_-]{20,})')}"}
    browser.get(f"{RIVERS}/signatures.csv?columns=id,name", **key)
    browser.submit(page, "/tokens", 422, name="desk", days="30")
    page = browser.get(f"{RIVERS}/tokens")
    number = page.find(r"/tokens/(\d+)/revoke")
    browser.get(browser.submit(page, f"/tokens/{number}/revoke", 303).location)
    browser.post(f"{RIVERS}/tokens/9999/revoke", 404, _with_token(page))
    browser.get(f"{RIVERS}/signatures.csv?columns=id,name", 401, **key)


def take_dumps(admin: Admin) -> None:
    """Every file, in every format; those with addresses for a reason and a fresh code."""
    browser, dump = admin.browser, f"{RIVERS}/dump"
    page = browser.get(dump)
    for as_format in ("csv", "csv-semicolon", "xlsx", "jsonl"):
        browser.submit(page, "/public", 200, format=as_format)
        browser.submit(page, "/signatures", 200, format=as_format)
        why = {"format": as_format, "reason": "For the handing over."}
        browser.submit(page, "/signatures", 200, press=f"{dump}/contacts", **why, code=admin.code())
        browser.submit(page, "/subscribers", 200, **why, code=admin.code())
    browser.submit(page, "/public", 422, format="pdf")
    browser.submit(page, "/signatures", 422, format="csv", columns=None)
    browser.submit(page, "/signatures", 422, format="csv", **{"from": "yesterday"})
    browser.submit(page, "/signatures", 422, press=f"{dump}/contacts", format="csv", reason="", code=admin.code())
    browser.submit(page, "/signatures", 422, press=f"{dump}/contacts", format="csv", reason="Why.", code="000000")
    browser.submit(page, "/subscribers", 422, format="csv", reason="Why.", code="000000")
    few = {"columns": ["id", "name"], "kind": "individual", "state": "confirmed", "from": "2027-01-15"}
    browser.submit(page, "/signatures", 200, format="csv", **few)
    browser.submit(page, "/subscribers", 200, partner="river-watch", format="csv", reason="News.", code=admin.code())


def read_journal(browser: Browser) -> None:
    for place in (f"{RIVERS}/journal", "/admin/journal"):
        for query in (
            "actor=mher",
            "verb=signature.hold",
            "subject=signature:1",
            "signers=on",
            "reason=look",
            "before=50",
        ):
            browser.look(f"{place}?{query}")
        browser.look(f"{place}?day=2027-01-15&actor=cli")
        browser.get(f"{place}?day=yesterday", 422)
        browser.submit(browser.get(place), "/journal/export", 200)


def read_outbox(browser: Browser) -> None:
    for state in ("waiting", "sent", "dead", "kept-back", "unknown"):
        browser.get(f"/admin/outbox?state={state}")
    browser.submit(browser.get("/admin/outbox"), "/admin/logout", 303, press="/admin/outbox/retry")


def change_account(admin: Admin) -> None:
    browser, account = admin.browser, "/admin/account/"
    page = browser.get(account)
    for locale in ("fr", "en"):
        browser.get(browser.submit(page, "/language", 303, locale=locale).location)
        browser.get("/admin/")
        browser.get(f"{RIVERS}/signatures")
    browser.submit(page, "/language", 422, locale="xx")
    new = {"new_password": f"{PASSWORD} on", "again": f"{PASSWORD} on"}
    browser.submit(page, "/password", 422, password=PASSWORD, **new | {"again": "other"})
    browser.submit(page, "/password", 422, password="wrong", **new)
    browser.submit(page, "/password", 422, password=PASSWORD, new_password="short", again="short")
    browser.get(browser.submit(page, "/password", 303, password=PASSWORD, **new).location)
    browser.submit(page, "/recovery-codes", 422, code="000000")
    browser.submit(page, "/recovery-codes", 200, code=admin.code())


def refuse_others(viewer: Admin, owner: Admin) -> None:
    """Posts of who may not, and sessions that have ended."""
    token = _with_token(viewer.browser.get("/admin/account/"))
    for path in (
        "/open",
        "/close",
        "/settings",
        "/consent",
        "/queue",
        "/partners",
        "/tokens",
        "/people",
        "/dump/contacts",
    ):
        viewer.browser.post(f"{RIVERS}{path}", 403, token)
    for path in ("/dump/signatures", "/signatures", "/founding/import", "/journal/export", "/texts/en"):
        viewer.browser.post(f"{RIVERS}{path}", 403, token)
    for path in (
        "/admin/statements",
        "/admin/people/disable",
        "/admin/journal/export",
        "/admin/partners/meadow/revoke",
    ):
        owner.browser.post(path, 403, _with_token(owner.browser.get("/admin/account/")))
    owner.browser.get(LAKES, 404)
    owner.browser.post(f"{LAKES}/close", 404, token)
    viewer.world.clock.forward(days=2)
    viewer.browser.get(RIVERS, 303)
    viewer.browser.post(f"{RIVERS}/dump/public", 401, token | {"format": "csv"})
    viewer.world.clock.now -= 2 * 86400

"""The scenario: a visitor signs on a partner's page of another site and confirms by the link in the email."""

from dataclasses import dataclass

from server.db import Store
from server.text.translations import text
from tests.browsers.visitor import Visitor
from tests.browsing import Served
from tests.conftest import Mailbox
from tests.scene import look
from tests.web.native import NATIVE, add_rivers

TYPED = "require-trusted-types-for 'script'; trusted-types 'none'"
STRICT = {  # what the form needs and nothing else; SERVER is our address
    "inline": f"default-src 'none'; script-src SERVER; connect-src SERVER; style-src 'none'; {TYPED}",
    "frame": f"default-src 'none'; script-src SERVER; frame-src SERVER; style-src 'none'; {TYPED}",
}
FORBIDDEN = f"default-src 'none'; script-src SERVER; {TYPED}"
_SCRIPT_HAS_RUN = "() => document.querySelector('undersigned-form')?.shadowRoot?.querySelector('input')"
_CONFIRMED = """
SELECT signatures.name AS name, statement_texts.locale AS locale FROM signatures
  JOIN statement_texts ON statement_texts.id = text_id WHERE confirmed_at IS NOT NULL
"""


@dataclass
class Signing:
    """A partner's website, whose pages embed the statement, and the mailbox of the person who signs."""

    server: Served
    website: Served
    db: Store
    mails: Mailbox

    def __post_init__(self) -> None:
        # Our server is "localhost": under this name the website is another site to a browser, not only another origin.
        self.url = f"http://127.0.0.1:{self.website.port}"
        self.slug = add_rivers(self.db, self.url, now=self.mails.clock())

    def put(self, mode: str, policy: str, *, locale: str = "en", more: tuple[str, ...] = ()) -> str:
        """Publish a page with the form, and other elements of ours below it; return its address."""
        where = f'server="{self.server.url}" statement="{self.slug}" partner="river-watch"'
        inside = '<a href="/there">Sign there</a>'
        form = f"<undersigned-form {where} {'inline' if mode == 'inline' else ''}>{inside}</undersigned-form>"
        others = "".join(f"<undersigned-{name} {where}></undersigned-{name}>" for name in more)
        script = f'<script nonce="of-this-page" src="{self.server.url}/widget/v1/undersigned.js"></script>'
        body = f"<h1>A page</h1>{form}{others}{script}"
        self.website.app.put("/", body, lang=locale, policy=policy.replace("SERVER", self.server.url))
        return f"{self.url}/"

    def sign(self, visitor: Visitor, mode: str, *, locale: str = "en") -> None:
        """Fill in the form on the page that is open, in its frame or in the page itself, and send it."""
        if mode == "frame":
            with visitor.inside(visitor.wait_for("frame", "")):
                visitor.wait_until(_SCRIPT_HAS_RUN)  # until then it shows the form without scripts, which is replaced
                self.sign(visitor, "inline", locale=locale)
            return
        visitor.fill(text(locale, "field.individual.name"), NATIVE[locale][1])
        visitor.fill(text(locale, "field.email"), "ani@rivers.example")
        visitor.press(text(locale, "form.sign"))
        visitor.wait_for("heading", text(locale, "sent.title"))

    def confirm(self, visitor: Visitor, *, locale: str = "en") -> None:
        """Open the link in the email that was delivered, tick, and confirm."""
        self.mails.deliver()
        visitor.open(self.server.url + self.mails.links()[-1])
        visitor.wait_for("heading", text(locale, "confirm.title"))
        visitor.tick(text(locale, "confirm.consent.individual"))
        assert self.confirmed() == []
        visitor.press(text(locale, "confirm.sign"))
        visitor.wait_for("heading", text(locale, "thanks.confirmed.title"))

    def confirmed(self) -> list[tuple[str, str]]:
        """The name on each confirmed signature and the language of the text that was signed."""
        return [(row["name"], row["locale"]) for row in look(self.db, _CONFIRMED)]

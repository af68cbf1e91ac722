"""What is known about mailbox providers and shared sites: a table of published rules, and no guesses."""

from typing import NamedTuple


class MailboxRule(NamedTuple):
    """How one provider reads the part before the @; every field says what makes no difference there."""

    same_as: str | None = None
    """The domain that this one is another name of: the same mailbox, not only the same company."""
    tag: str = ""
    """The character that begins a tag: what follows it still reaches the same mailbox."""
    ignored: str = ""
    """Characters that the provider leaves out of the name."""
    swapped: tuple[str, str] | None = None
    """The first character means the second."""
    named_subdomains: bool = False
    """``anything@ani.fastmail.com`` reaches ``ani@fastmail.com``."""


def _domains(words: str) -> frozenset[str]:
    return frozenset(words.split())


_PLUS = MailboxRule(tag="+")
_GMAIL = MailboxRule("gmail.com", tag="+", ignored=".")
_YANDEX = MailboxRule("yandex.ru", tag="+", swapped=(".", "-"))
_PROTON = MailboxRule("proton.me", tag="+", ignored=".-_")
_ICLOUD = MailboxRule("icloud.com", tag="+")
_FASTMAIL = MailboxRule(tag="+", named_subdomains=True)

_MICROSOFT = _domains(
    "hotmail.com hotmail.be hotmail.ca hotmail.ch hotmail.co.il hotmail.co.uk hotmail.com.ar hotmail.com.br "
    "hotmail.com.tr hotmail.de hotmail.es hotmail.fr hotmail.gr hotmail.it hotmail.nl hotmail.ru hotmail.se "
    "live.com live.be live.ca live.co.uk live.com.ar live.com.mx live.de live.fr live.it live.nl live.ru live.se "
    "msn.com outlook.com outlook.be outlook.co.il outlook.com.ar outlook.com.br outlook.com.tr outlook.cz outlook.de "
    "outlook.dk outlook.es outlook.fr outlook.hu outlook.ie outlook.in outlook.it outlook.jp outlook.pt outlook.sa "
    "passport.com windowslive.com"
)

_YANDEX_DOMAINS = _domains(
    "ya.ru yandex.ru yandex.by yandex.com yandex.com.am yandex.com.ge yandex.com.tr yandex.co.il yandex.az yandex.ee "
    "yandex.fr yandex.kg yandex.kz yandex.lt yandex.lv yandex.md yandex.tj yandex.tm yandex.ua yandex.uz narod.ru"
)

_TAGGING = _domains(
    "disroot.org hey.com mailbox.org mailfence.com pobox.com posteo.de posteo.net riseup.net runbox.com zoho.com "
    "zoho.eu zohomail.com zohomail.eu"
)

RULES: dict[str, MailboxRule] = {
    **dict.fromkeys(_MICROSOFT | _TAGGING, _PLUS),
    **dict.fromkeys(_YANDEX_DOMAINS, _YANDEX),
    **dict.fromkeys(("gmail.com", "googlemail.com"), _GMAIL),
    **dict.fromkeys(("proton.me", "protonmail.com", "protonmail.ch", "pm.me"), _PROTON),
    **dict.fromkeys(("icloud.com", "me.com", "mac.com"), _ICLOUD),
    **dict.fromkeys(("fastmail.com", "fastmail.fm"), _FASTMAIL),
}
"""By domain. Whatever stands not here is compared letter by letter, apart from case: mail.ru, for one, has no tags."""

PUBLIC_MAILBOXES = frozenset(RULES) | _domains(
    # the world
    "aol.com aim.com yahoo.com yahoo.ca yahoo.co.id yahoo.co.in yahoo.co.jp yahoo.co.uk yahoo.com.ar yahoo.com.au "
    "yahoo.com.br yahoo.com.mx yahoo.com.tr yahoo.de yahoo.es yahoo.fr yahoo.gr yahoo.in yahoo.it yahoo.ro ymail.com "
    "rocketmail.com myyahoo.com att.net bellsouth.net comcast.net cox.net earthlink.net sbcglobal.net verizon.net "
    "btinternet.com sky.com talktalk.net virginmedia.com ntlworld.com rogers.com shaw.ca sympatico.ca bigpond.com "
    "optusnet.com.au mail.com email.com usa.com hushmail.com hush.com inbox.com lycos.com tuta.com tuta.io "
    "tutanota.com tutanota.de tutamail.com keemail.me startmail.com ctemplar.com cock.li autistici.org "
    "inventati.org systemli.org simplelogin.com duck.com mozmail.com relay.firefox.com privaterelay.appleid.com "
    "mailinator.com guerrillamail.com yopmail.com yopmail.fr 10minutemail.com temp-mail.org trashmail.com "
    "qq.com foxmail.com 163.com 126.com yeah.net sina.com sohu.com aliyun.com naver.com daum.net hanmail.net "
    "rediffmail.com uol.com.br bol.com.br terra.com.br ig.com.br globo.com "
    # Russia, Belarus, Ukraine, Central Asia
    "mail.ru bk.ru inbox.ru list.ru internet.ru xmail.ru vk.com rambler.ru lenta.ru autorambler.ru myrambler.ru "
    "rambler.ua ro.ru pochta.ru hotbox.ru nm.ru qip.ru mail.by tut.by ukr.net i.ua ua.fm bigmir.net meta.ua "
    "online.ua email.ua mail.ua mail.kz mail.md namba.kg mail.uz "
    # the Caucasus, Turkey, Iran
    "mail.am netsys.am freenet.am arminco.com posta.ge mail.ge caucasus.net box.az mail.az day.az mynet.com "
    "superonline.com ttmail.com turk.net chmail.ir mailfa.com "
    # Germany, Austria, Switzerland
    "gmx.de gmx.net gmx.com gmx.at gmx.ch gmx.fr gmx.co.uk gmx.eu web.de t-online.de freenet.de arcor.de online.de "
    "1und1.de email.de mail.de kabelmail.de vodafone.de o2online.de posteo.at posteo.ch posteo.eu aon.at chello.at "
    "bluewin.ch hispeed.ch sunrise.ch "
    # France, Belgium, the Netherlands
    "free.fr orange.fr wanadoo.fr laposte.net sfr.fr neuf.fr cegetel.net club-internet.fr 9online.fr aliceadsl.fr "
    "bbox.fr numericable.fr voila.fr noos.fr mailo.com net-c.com netcourrier.com skynet.be telenet.be proximus.be "
    "scarlet.be voo.be ziggo.nl kpnmail.nl planet.nl xs4all.nl hetnet.nl home.nl "
    # the rest of Europe
    "libero.it virgilio.it alice.it tin.it tiscali.it tim.it iol.it fastwebnet.it inwind.it terra.es telefonica.net "
    "movistar.es sapo.pt onet.pl onet.eu op.pl wp.pl o2.pl interia.pl interia.eu gazeta.pl poczta.fm tlen.pl "
    "seznam.cz email.cz post.cz centrum.cz volny.cz atlas.cz centrum.sk azet.sk zoznam.sk freemail.hu citromail.hu "
    "abv.bg mail.bg dir.bg otenet.gr in.gr freemail.gr walla.co.il walla.com netvision.net.il inbox.lv inbox.lt "
    "mail.ee hot.ee delfi.lt one.lt telia.com bredband.net spray.se online.no broadpark.no mail.dk jubii.dk "
    "kolumbus.fi luukku.com suomi24.fi eircom.net"
)
"""Where anybody gets an address, a friend's phone bill or a minute being enough: such an address proves no website."""

SHARED_SITES = _domains(
    "about.me academia.edu bandcamp.com bio.link bsky.app carrd.co change.org discord.com discord.gg dzen.ru "
    "eventbrite.com facebook.com fb.com fb.me flickr.com github.com gitlab.com google.com goo.gl gofundme.com "
    "instagram.com issuu.com linkedin.com linktr.ee livejournal.com mastodon.social medium.com meetup.com "
    "notion.site odnoklassniki.ru ok.ru openstreetmap.org pinterest.com patreon.com reddit.com researchgate.net "
    "sites.google.com soundcloud.com spotify.com squarespace.com substack.com t.me telegram.me telegram.org "
    "telegra.ph threads.net tiktok.com tumblr.com twitch.tv twitter.com vimeo.com vkontakte.ru weebly.com "
    "whatsapp.com wikipedia.org wix.com wixsite.com wordpress.com x.com yandex.net youtu.be youtube.com "
    "zoom.us"
)
"""Sites where many people have their page under one domain; the public suffix list knows the others (github.io)."""

"""What hostile people send as a name, a title or a comment, so that it breaks somebody's page, email, list or table."""

from itertools import chain

RLO, LRO, PDF, RLI, LRI, FSI, PDI = "\u202e", "\u202d", "\u202c", "\u2067", "\u2066", "\u2068", "\u2069"

TURNING = [
    *(f"Ani {RLO}naysorteP", f"{RLO}Ani", f"Ani{LRO}x", f"{RLI}Ani", f"{LRI}Ani", f"Ani{FSI}", f"Ani{PDI}{PDI}{PDI}"),
    *(
        f"Ani{PDF}",
        "\u200fAni Petrosyan",
        "Ani\u200e",
        "Ani\u061c",
        f"Ani {RLI}{RLO}x{PDF}{PDI}",
        "אני (Ani",
        "علي) [Ali",
    ),
    *("Ani ) ( > <", "(((אבג", "\u202bAni", "\u202aAni"),
]
PILED = [
    *("Z\u0351\u0352\u0353\u0354\u0355\u0356algo", "e" + "\u0301" * 60, "A\u20dd\u20dd\u20dd\u20dd\u20dd\u20ddni"),
    *("ก" + "็" * 30, "Ani" + "\u0489" * 20, "\u0336".join("Ani Petrosyan") + "\u0336" * 9, "क" + "\u093c" * 40),
]
MARKUP = [
    *("<script>alert(1)</script>", "</script><script>alert(1)</script>Ani", "<img src=x onerror=alert(1)>Ani"),
    *('"><svg onload=alert(1)>Ani', "' onmouseover='alert(1)' Ani", '" autofocus onfocus="alert(1)" x="Ani'),
    *("</bdi></li></ul></section>Ani", "</bdi><bdi dir=rtl>Ani", "</textarea><script>alert(1)</script>Ani"),
    *(
        "</title><b>Ani",
        "<!-- Ani",
        "--> Ani <!--",
        "<![CDATA[Ani]]>",
        "&lt;b&gt;Ani&amp;",
        "&#x3c;b&#x3e;Ani",
        "&Ani;",
    ),
    *(
        "<a href=x>Ani</a>",
        "<base href=x>Ani",
        "<meta http-equiv=refresh content=0>Ani",
        "<style>*{display:none}</style>Ani",
    ),
    *("<iframe srcdoc=Ani>", "<form action=x><button>Ani", "<plaintext>Ani", "<noscript><p title='</noscript><b>'>Ani"),
    *("＜script＞Ani＜/script＞", "Ani <b", "**Ani** _x_ `y`", "[Ani](x)", "<math><mtext></math>Ani", "`Ani`"),
]
LINKS = [
    *("https://evil.example", "Ani https://evil.example/x", "www.evil.example", "evil.example/pills", "t.me/spam Ani"),
    *("javascript:alert(1)", "data:text/html,<b>Ani", "mailto:ani@evil.example", "ani@evil.example", "//evil.example"),
    *(
        "ｈｔｔｐｓ：／／evil.example",
        "http:\\\\evil.example",
        "HTTPS://EVIL.EXAMPLE",
        "evil.example:8080/x",
        "ftp://x.y",
    ),
]
FORMULAS = [
    *(
        "=1+1 Ani",
        "+1 Ani",
        "-1 Ani",
        "@SUM(A1) Ani",
        "\t=1+1 Ani",
        "\r=1+1 Ani",
        "\n=1+1 Ani",
        "＝1+1 Ani",
        " =1+1 Ani",
    ),
    *(
        "=cmd|' /C calc'!A0",
        "=HYPERLINK(A1;B1)",
        'Ani","=1+1',
        'Ani";"=1+1',
        "Ani;=1+1",
        "Ani\t=1+1",
        "Ani|=1+1",
        "'=1+1 Ani",
    ),
    *('"Ani', 'Ani"', '""Ani""', 'Ani",', 'Ani"\r\n"=1+1', "Ani,,,,", "＠SUM Ani", "－1 Ani"),
]
CONTROLS = [
    *("Ani\x00", "\x00", "Ani\x00\x00Petrosyan", "Ani\x07", "Ani\x1b[31m", "Ani\x1b]0;x\x07", "Ani\x7f", "Ani\x9b31m"),
    *(
        "Ani\ud800",
        "\udfffAni",
        "\ud83d Ani",
        "Ani\ufffe",
        "Ani\uffff",
        "Ani\ufffd",
        "Ani\uf8ff",
        "Ani\U000e0041\U000e007f",
    ),
    *(
        "A\u200bni",
        "A\u00adni",
        "A\u2060ni",
        "\u3164",
        "\u2800",
        "Ani\uffa0",
        "\u200d\u200d",
        "Ani\u180e",
        "Ani\ufff9x\ufffb",
    ),
    *(
        "Ani\u2003\u2003Petrosyan",
        "Ani\u3000Petrosyan",
        "Ani\u00a0\u202f\u205fPetrosyan",
        "\u2028Ani\u2029",
        "Ani\x85x",
        "\ufeffAni",
    ),
]
FLOODS = [
    *("😀" * 300, "😀" * 199 + "a", "👩‍👩‍👧‍👦" * 60 + "a", "🏴󠁧󠁢󠁥󠁮󠁧󠁿" * 20, "A" * 10_000, "A" * 201, "W" * 200, "﷽" * 200),
    *("𒐫" * 200, "Ա" * 10_000, " " * 5_000 + "Ani", "Ani" + "\n" * 3_000, "Ani " * 50, "\u0301" * 9_000, "ﷺ" * 150),
]
INJECTIONS = [
    *(
        "Ani\r\nBcc: victim@evil.example",
        "Ani\nSubject: x",
        "Ani\r\n\r\n<b>body",
        "Ani%0d%0aBcc:x",
        "Ani\r\n.\r\nMAIL FROM:<x>",
    ),
    *(
        "{{7*7}} Ani",
        "{{ config }} Ani",
        "{% raw %}Ani",
        "${7*7} Ani",
        "#{7*7} Ani",
        "<%= 7*7 %> Ani",
        "{name} {count} Ani",
    ),
    *(
        "{0} {} Ani",
        "%s %d %(name)s Ani",
        "\\u003cb\\u003e Ani",
        '","admin":true,"x":"Ani',
        '"}] Ani',
        "\\",
        "Ani\\",
        '\\"Ani',
    ),
    *(
        "'; DROP TABLE signatures; -- Ani",
        "Ani' OR '1'='1",
        "% _ Ani",
        "../../etc/passwd Ani",
        "null",
        "NaN",
        "__proto__",
        "true",
    ),
]

HOSTILE_NAMES = [
    *chain(TURNING, PILED, MARKUP, LINKS, FORMULAS, CONTROLS, FLOODS, INJECTIONS),
]

"""The body of a statement as HTML: an organiser's Markdown, and nothing that a page could run."""

import html as entities
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.errors import ValueRefused
from server.text import markdown
from server.text.markdown import check_markdown, measure_work, plain_text, render, render_cached


@pytest.mark.parametrize(
    ("body", "html"),
    [
        ("We ask for **open** rivers.", "<p>We ask for <strong>open</strong> rivers.</p>"),
        ("# Title\n\n###### Small", "<h2>Title</h2>\n<h6>Small</h6>"),
        ("- one\n- two", "<ul>\n<li>one</li>\n<li>two</li>\n</ul>"),
        ("3. three", '<ol start="3">\n<li>three</li>\n</ol>'),
        ("> said", "<blockquote>\n<p>said</p>\n</blockquote>"),
        ("a  \nb", "<p>a<br>\nb</p>"),
        (
            "[x](https://a.example 'T')",
            '<p><a href="https://a.example" title="T" rel="noopener nofollow">x</a></p>',
        ),
        ("Հակոբ & <b>", "<p>Հակոբ &amp; &lt;b&gt;</p>"),
    ],
)
def test_markdown_becomes_the_few_tags_that_a_letter_needs(body, html):
    assert render_cached(body).strip() == html


@pytest.mark.parametrize(
    "body",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt&#58;alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "![x](https://tracker.example/pixel.png)",
        '[x](https://a.example "onmouseover=alert(1)")',
        "<a href='javascript:alert(1)'>x</a>",
        "<style>*{display:none}</style>",
        '<https://a.example/"onclick=alert(1)>',
        "`<script>`\n\n    <script>",
        "<iframe src=//a.example></iframe>",
    ],
)
def test_nothing_in_a_text_can_run_or_be_loaded(body):
    html = str(render_cached(body))
    tags = re.findall(r"<[^>]*>", html)

    assert not [tag for tag in tags if re.match(r"</?(script|img|style|iframe|svg)", tag)]
    assert not [tag for tag in tags if re.search(r"\s(on\w+|style|src)\s*=", re.sub(r'"[^"]*"', '""', tag))]
    assert not re.search(r'href="(?!https?:|mailto:)', html)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
def test_no_text_makes_other_tags(body):
    names = set(re.findall(r"</?([a-zA-Z0-9]+)", str(render_cached(body))))

    assert names <= {
        *("p", "br", "hr", "em", "strong", "blockquote", "ul", "ol", "li", "a", "code", "pre"),
        *("h2", "h3", "h4", "h5", "h6"),
    }


def test_the_same_text_is_rendered_once():
    assert render_cached("We ask.") is render_cached("We ask.")


LETTER = "We ask for **open** rivers, and for [the report](https://a.example/report_2026)."
LONGEST = 200_000


def filled(unit, size=LONGEST):
    return unit * (size // len(unit))


HOSTILE = {
    "open brackets": filled("["),
    "open images": filled("!["),
    "brackets on lines": filled("[a\n"),
    "links in links": "[" * 25_000 + "a" + "](b)" * 25_000,
    "emphasis": filled("*a "),
    "rows of asterisks": filled("*" * 99 + "a"),
    "automatic links": filled("<http://ü.de>"),
    "entities": filled("&amp;"),
    "lines of a list": filled("- a\n"),
    "empty lines of a list": filled("- a\n\n"),
    "headings": filled("# a\n"),
    "quotes that look for their end": filled("> # a\nb\n"),
    "deep lazy lines": "> " * 19 + "a\n" + filled("a\n"),
    "one address in many links": f"[a]: /{'b' * 90_000}\n\n" + "[a]" * 900,
    "definitions": filled("[a]: b\n"),
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_a_text_that_would_take_seconds_is_refused_and_shown_as_it_was_typed(body):
    with pytest.raises(ValueRefused) as refusal:
        check_markdown(body)

    assert refusal.value.reason == "too-much-markup"
    shown = entities.unescape(re.sub("</?p>|<br>", " ", render(body)))
    assert shown.split() == body.split()  # none of it is lost


@pytest.mark.parametrize("body", [HOSTILE["open images"], HOSTILE["deep lazy lines"], HOSTILE["lines of a list"]])
def test_without_the_bound_such_a_text_takes_many_times_the_work(body, monkeypatch):
    most = markdown.WORK_MOST
    monkeypatch.setattr(markdown, "WORK_MOST", 10**12)

    assert measure_work(body[:100_000]) > 5 * most


@pytest.mark.parametrize(("mark", "levels"), [("> ", 20), ("- ", 10), ("1. > ", 7)])
def test_a_text_nested_deeper_than_we_show_is_refused_and_none_of_it_lost(mark, levels):
    check_markdown(mark * (levels - 1) + "deep")
    assert "deep" in render(mark * (levels - 1) + "deep")

    with pytest.raises(ValueRefused) as refusal:
        check_markdown(mark * levels + "deep")
    assert refusal.value.reason == "too-deep"
    assert "deep" in render(mark * levels + "deep")


@pytest.mark.parametrize(
    "body",
    [
        "\n\n".join([LETTER] * 500),
        "".join(f"- **Ani Petrosyan {number}**, Hill Club\n" for number in range(1500)),
        "We ask for open rivers, and for the well-known law: now. " * 3000,
    ],
    ids=["500 links", "1,500 names", "80 pages"],
)
def test_no_letter_that_anybody_writes_is_refused(body):
    check_markdown(body)


def test_the_description_of_a_text_is_its_words():
    assert plain_text("# Rivers\n\nWe & *they* ask: [x](https://a.example 'T>')\n\n- <b>") == (
        "Rivers We & they ask: x <b>"
    )

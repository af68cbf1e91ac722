"""The body of a statement as HTML: an organiser's Markdown, and nothing that a page could run."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.text.markdown import render_cached


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

# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Use the page as its readers do, in a real browser: look.py CHROMIUM DIRECTORY."""

from __future__ import annotations

import pathlib
import re
import sys

from browser import Page

SCRATCH = pathlib.Path(sys.argv[-1])
FILE = SCRATCH / "page.html"
URL = FILE.as_uri()
ROWS = "[...document.querySelectorAll('#miners tbody tr')]"
HOSTS = ROWS + ".filter((row) => row.checkVisibility()).map((row) => row.cells[1].firstChild.data.trim())"
# The rows' numbers in a column, and nothing for what isn't known.
COLUMN = ROWS + ".map((row) => row.cells[{0}].dataset.value ?? row.cells[{0}].textContent.trim())"
SORTED = "document.querySelector('#miners thead th:nth-child({})').ariaSort"
STATE, MINER, RATE, SHARE, CHIP = 1, 2, 4, 5, 8
TILE = "document.querySelector('.tiles [data-filter={0}] button')"


def column(page, number):
    """The numbers of a column in the order of the rows, those that aren't known left out, and how many of
    them stand last.
    """
    texts = page.value(COLUMN.format(number - 1))
    known = [float(text) for text in texts if text]
    assert texts[len(known) :] == [""] * (len(texts) - len(known)), texts
    return known


def head(number):
    return f"#miners thead th:nth-child({number}) button"


def choose(page, field, value):
    element = f"document.getElementById('{field}')"
    page.value(f"{element}.value = '{value}'")
    for kind in ("input", "change"):
        page.value(f"{element}.dispatchEvent(new Event('{kind}', {{bubbles: true}}))")


def it_shows_all_and_runs_nothing_foreign(page):
    page.open(URL)
    hosts = page.value(HOSTS)
    assert len(hosts) == 12 and hosts[:3] == ["dead", "failed", "misdeclared"], hosts
    assert hosts[3] == "hostile" and hosts[6:8] == ["declared-2.0", "unknown"], (
        f"errors stand above what isn't known: {hosts}"
    )
    assert page.value("document.title") == "(7) Hall"
    assert page.value("document.querySelector('h1').textContent") == "7 of 12 miners need a look"
    assert page.value("document.scripts.length") == 1
    assert (
        page.value("document.querySelectorAll('img, iframe, object, embed, link, base, form[action]').length")
        == 0
    )
    row = "document.querySelector('#miners tr[data-state=drifted][data-errors]').textContent"
    said = page.value(row)
    assert "{{ 7*7 }}<script>hit()</script>\"'\\u202e&lt;" in said, said
    assert "<img src=x onerror=hit()>" in said and "slot 0 chip 1: too hot" in said, said


def it_sorts_by_mouse_and_keyboard(page):
    page.open(URL)
    assert page.value(SORTED.format(STATE)) == "ascending"
    page.click(head(RATE))
    assert page.value(SORTED.format(RATE)) == "ascending" and page.value(SORTED.format(STATE)) is None
    rates = column(page, RATE)
    assert len(rates) > 5 and rates == sorted(rates)
    page.click(head(RATE))
    assert page.value(SORTED.format(RATE)) == "descending"
    assert column(page, RATE) == rates[::-1]
    page.click(head(CHIP))
    assert page.value(SORTED.format(CHIP)) == "descending", "the hottest first"
    assert column(page, CHIP) == sorted(column(page, CHIP), reverse=True)
    # Back over the heads to that of the names, without a mouse.
    page.value(f"document.querySelector('{head(STATE)}').focus()")
    page.press("Tab")
    page.press("Enter")
    assert page.value(SORTED.format(MINER)) == "ascending"
    names = page.value(HOSTS)
    assert names == sorted(names) and names[0] == "dead", names
    page.click(head(SHARE))
    shares = column(page, SHARE)
    assert shares and shares == sorted(shares) and all(50 < share < 120 for share in shares), (
        f"the worst first: {shares}"
    )
    page.click("#groups thead th:nth-child(3) button")
    assert page.value("document.querySelector('#groups tbody th').textContent") == "rack2", (
        "the most drift first"
    )


def it_filters_by_words_state_and_group(page):
    page.open(URL)
    page.click("#words")
    page.type("m60 FTED-mode")
    assert page.value(HOSTS) == ["drifted-mode"]
    assert page.value("document.getElementById('shown').textContent") == "1 of 12"
    choose(page, "words", "no such miner")
    assert page.value(HOSTS) == [] and page.value("document.getElementById('none').checkVisibility()")
    choose(page, "words", "")
    choose(page, "state", "drifted")
    assert sorted(page.value(HOSTS)) == ["drifted-mode", "drifted-off", "hostile"]
    choose(page, "state", "errors")
    assert sorted(page.value(HOSTS)) == ["declared-2.0", "hostile"]
    choose(page, "state", "attention")
    assert len(page.value(HOSTS)) == 7
    rack1 = page.value(
        "[...document.getElementById('group').options].find(option => option.text.startsWith('rack1')).value"
    )
    choose(page, "group", rack1)
    assert sorted(page.value(HOSTS)) == ["declared-2.0", "failed", "misdeclared"]
    choose(page, "state", "")
    choose(page, "group", "")
    assert len(page.value(HOSTS)) == 12 and page.value("document.getElementById('shown').textContent") == ""


def its_tiles_filter(page):
    page.open(URL)
    for kind, miners in (
        ("no_answer", ["dead"]),
        ("errors", ["declared-2.0", "hostile"]),
        ("drifted", None),
        ("hashing", None),
    ):
        page.click(f".tiles [data-filter={kind}] button")
        hosts = page.value(HOSTS)
        assert page.value("document.getElementById('state').value") == kind
        assert page.value(TILE.format(kind) + ".ariaPressed") == "true"
        assert page.value("document.querySelectorAll('.tiles [aria-pressed=true]').length") == 1
        assert sorted(hosts) == miners if miners else len(hosts) == {"drifted": 3, "hashing": 9}[kind], (
            kind,
            hosts,
        )
    assert page.value("document.getElementById('controls').getBoundingClientRect().top < innerHeight"), (
        "what it shows is in view"
    )
    page.click(".tiles [data-filter=hashing] button")
    assert len(page.value(HOSTS)) == 12 and page.value(TILE.format("hashing") + ".ariaPressed") == "false"
    choose(page, "state", "failed")
    assert page.value(TILE.format("failed") + ".ariaPressed") == "true"
    # All of a tile is its button, and a keyboard reaches it.
    page.click(".tiles [data-filter=errors] dd")
    assert len(page.value(HOSTS)) == 2
    page.value(TILE.format("errors") + ".focus()")
    page.press("Enter")
    assert len(page.value(HOSTS)) == 12


def it_names_the_pool_in_the_summary(page):
    page.open(URL)
    said = page.value(
        "[...document.querySelectorAll('#miners summary')].map((each) => each.textContent).join('\\n')"
    )
    assert "pools: stratum+tcp://a:1 → stratum+tcp://pool.example.com:3333" in said, said


def it_tells_more_on_a_click(page):
    page.open(URL)
    hidden = (
        "document.querySelector('#miners tr[data-state=failed] details "
        "p').checkVisibility({contentVisibilityAuto: false})"
    )
    assert page.value("document.querySelector('#miners tr[data-state=failed] details').open") is False
    page.click("#miners tr[data-state=failed] summary")
    assert page.value("document.querySelector('#miners tr[data-state=failed] details').open") is True
    assert page.value(hidden)


def it_fits_a_phone(page):
    for width in (360, 320):
        for scripts in (True, False):
            page.open(URL, width=width, height=740, scripts=scripts)
            assert page.value("document.documentElement.scrollWidth <= innerWidth"), width
            assert page.value("innerWidth") == width
            page.value("document.querySelectorAll('details').forEach(each => each.open = true)")
            assert page.value("document.documentElement.scrollWidth <= innerWidth"), (
                f"{width}, all details open"
            )
            wide = (
                "[...document.querySelectorAll('#miners tr, .tiles div, #miners td, #miners "
                "th')].filter(each =>"
            )
            assert page.value(wide + "each.getBoundingClientRect().right > innerWidth).length") == 0, width
            assert len(page.value(HOSTS)) == 12
        page.open(URL, width=width, height=740)
        seen = (
            "each.getBoundingClientRect().right <= "
            "document.querySelector('.scroll').getBoundingClientRect().right"
        )
        firsts = "[...document.querySelectorAll('#groups tr')].flatMap((row) => [...row.cells].slice(0, 4))"
        assert page.value(f"{firsts}.every((each) => {seen})"), f"{width}: errors and drift of the groups"
    page.open(URL, width=360, height=740)
    assert page.value("parseFloat(getComputedStyle(document.getElementById('words')).fontSize) >= 16"), (
        "else phones zoom in"
    )
    by_rate = page.value(
        "[...document.getElementById('order').options].find(option => option.text === 'Sort by TH/s').value"
    )
    assert page.value("document.getElementById('order').checkVisibility()")
    choose(page, "order", by_rate)
    assert column(page, RATE) == sorted(column(page, RATE))


def it_is_readable_in_light_and_dark(page):
    # Contrast as the WCAG define it: 4.5 is what text needs.
    contrast = """(selector) => {
        const linear = (part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
        const light = (colour) => {
            const [r, g, b] = colour.match(/[0-9.]+/g).map((part) => linear(part / 255));
            return 0.2126 * r + 0.7152 * g + 0.0722 * b;
        };
        const element = document.querySelector(selector);
        let behind = element;
        while (getComputedStyle(behind).backgroundColor === "rgba(0, 0, 0, 0)") behind = behind.parentElement;
        const colours = [getComputedStyle(element).color, getComputedStyle(behind).backgroundColor];
        const pair = colours.map(light).sort((a, b) => b - a);
        return (pair[0] + 0.05) / (pair[1] + 0.05); }"""
    backgrounds = []
    for dark in (False, True):
        page.open(URL, dark=dark)
        backgrounds.append(page.value("getComputedStyle(document.body).backgroundColor"))
        for selector in (
            *(
                "h1",
                ".read",
                ".tiles .warn dd",
                ".tiles .bad dt",
                "#miners tbody small",
                "#miners thead th",
                "td.warn",
                "td.bad",
            ),
            *(
                ".badge.drifted",
                ".badge.failed",
                ".badge.as_declared",
                ".badge.unknown",
                "#words",
                "footer",
                "td.off",
            ),
        ):
            assert page.value(f"({contrast})('{selector}')") >= 4.5, (selector, dark)
    assert backgrounds[0] != backgrounds[1]


def it_is_a_plain_table_without_scripts(page):
    page.open(URL, scripts=False)
    assert len(page.value(HOSTS)) == 12
    assert page.value("document.querySelectorAll('button').length") == 0
    assert not page.value("document.getElementById('controls').checkVisibility()")
    page.click("#miners tr[data-state=failed] summary")
    assert page.value("document.querySelector('#miners tr[data-state=failed] details').open") is True


def it_carries_ten_thousand(page):
    text = FILE.read_text()
    before, body, after = re.split(
        r"(?<=<tbody>)(?=\n<tr data-state)|(?=</tbody>\n</table>\n<p id=\"none\")", text
    )
    rows = re.findall(r"<tr data-state.*?</tr>\n", body, re.DOTALL)
    assert len(rows) == 12
    large = SCRATCH / "large.html"
    large.write_text(before + "".join(rows[number % 12] for number in range(10_000)) + after)
    page.open(large.as_uri())
    page.click(head(RATE))
    page.click(head(MINER))
    page.click(head(STATE))
    assert len(column(page, STATE)) == 10_000 and page.value(SORTED.format(STATE)) == "ascending"
    choose(page, "words", "drifted-mode")
    assert len(page.value(HOSTS)) == 833


def it_asks_nothing_of_any_network_and_lets_nobody_else_in(page):
    assert {request.rpartition("/")[0] for request in page.requests} == {SCRATCH.as_uri()}, page.requests
    assert page.complaints == [], page.complaints
    page.open(URL)
    page.value("""new Promise((done) => {
        document.addEventListener("securitypolicyviolation", done);
        const script = document.createElement("script");
        script.textContent = "window.hit = true";
        document.body.append(script);
    })""")
    assert page.value("window.hit") is None
    page.value("""new Promise((done) => {
        document.addEventListener("securitypolicyviolation", done);
        const picture = new Image();
        picture.src = "http://127.0.0.1:9/";
    })""")
    assert any("Content Security Policy" in complaint for complaint in page.complaints), page.complaints


with Page(sys.argv[1], SCRATCH) as chromium:
    for promise in (
        it_shows_all_and_runs_nothing_foreign,
        it_sorts_by_mouse_and_keyboard,
        it_filters_by_words_state_and_group,
        its_tiles_filter,
        it_names_the_pool_in_the_summary,
        it_tells_more_on_a_click,
        it_fits_a_phone,
        it_is_readable_in_light_and_dark,
        it_is_a_plain_table_without_scripts,
        it_carries_ten_thousand,
        it_asks_nothing_of_any_network_and_lets_nobody_else_in,
    ):
        promise(chromium)
        print(promise.__name__.replace("_", " "), flush=True)

"""What the template tags write."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import RequestContext, Template, TemplateSyntaxError
from django.template.loader import get_template
from django.test import RequestFactory
from django.utils import translation

from tallystick.kernel.money import Money
from tallystick.web.ui.assets import serve_style_sheet, style_sheet
from tallystick.web.ui.components import ChecklistItem, Column, Delta, Link, LinkGroup, Progress, Shell, Trend, initials
from tallystick.web.ui.icons import UnknownIcon, icon


def _written(source: str, path: str = "/deals/", **values: Any) -> str:
    context = RequestContext(RequestFactory().get(path), values)
    with translation.override("en-gb"):
        return " ".join(Template(source).render(context).split())


class DealForm(forms.Form):
    company = forms.CharField(help_text="As on their website")
    contact = forms.EmailField(required=False)


def test_a_card_takes_its_body_and_slots() -> None:
    html = _written(
        '{% card title=name subtitle="This quarter" %}{% slot actions %}<a>CSV</a>{% endslot %}'
        "<p>{{ name }}</p>{% endcard %}",
        name="R&D deals",
    )
    assert '<h2 id="rd-deals">R&amp;D deals</h2><p>This quarter</p>' in html
    assert '<div class="card-actions"><a>CSV</a></div>' in html
    assert "<p>R&amp;D deals</p>" in html
    assert "card-foot" not in html


def test_a_container_inside_another_keeps_its_own_slots() -> None:
    html = _written(
        '{% card title="Outer" %}{% slot foot %}outer foot{% endslot %}'
        '{% card title="Inner" %}{% slot foot %}inner foot{% endslot %}{% endcard %}{% endcard %}'
    )
    assert html.index("inner foot") < html.index("outer foot")
    assert html.count("card-foot") == 2


def test_a_slot_under_a_condition_is_refused() -> None:
    with pytest.raises(TemplateSyntaxError, match="put the condition inside the slot"):
        _written('{% card title="x" %}{% if True %}{% slot foot %}y{% endslot %}{% endif %}{% endcard %}')


def test_a_container_takes_arguments_by_name_only() -> None:
    with pytest.raises(TemplateSyntaxError, match="by name only"):
        _written('{% card "Deals" %}{% endcard %}')


def test_money_is_written_by_filters() -> None:
    html = _written("{{ m|money }} {{ m|money_trimmed }} {{ m|money_short }}", m=Money(14_500_000, "GBP"))
    assert html == "£145,000.00 £145,000 £145k"


def test_a_delta_says_its_direction_and_shows_whether_it_is_good() -> None:
    html = _written("{% delta d %}", d=Delta(text="9 days", trend=Trend.BETTER, rising=False))
    assert 'class="delta delta-better"' in html
    assert '<span class="visually-hidden">down </span>9 days' in html


@pytest.mark.parametrize(("part", "whole", "width"), [(43, 50, 86), (1, 3, 33), (70, 50, 100), (-1, 50, 0), (1, 0, 0)])
def test_a_meter_is_never_under_nil_or_over_full(part: int, whole: int, width: int) -> None:
    assert f'style="width:{width}%"' in _written("{% meter part whole %}", part=part, whole=whole)


@pytest.mark.parametrize(
    ("due", "words"),
    [
        (datetime(2026, 11, 24, 10, tzinfo=UTC), '<span class="clock" title="24 Nov 2026, 10:00 UTC">'),
        (datetime(2026, 11, 23, 15, tzinfo=UTC), 'class="clock clock-soon"'),
        (datetime(2026, 11, 23, 9, tzinfo=UTC), "3 h late"),
        (datetime(2026, 11, 27, 12, tzinfo=UTC), "4 d left"),
    ],
)
def test_a_clock_tells_how_long_is_left(due: datetime, words: str) -> None:
    assert words in _written("{% clock due now %}", due=due, now=datetime(2026, 11, 23, 12, tzinfo=UTC))


def test_following_the_sorted_column_turns_the_order_and_starts_at_the_first_page() -> None:
    columns = [Column(label="Account", sort="account"), Column(label="Value", kind="number", sort="value")]
    html = _written("{% column_heads columns sort %}", path="/deals/?page=3&q=x", columns=columns, sort="-value")
    assert '<a href="?q=x&amp;sort=account">Account</a>' in html
    assert '<th scope="col" class="number" aria-sort="descending"><a href="?q=x&amp;sort=value">Value' in html


def test_following_the_column_sorted_upwards_sorts_it_downwards() -> None:
    html = _written(
        "{% column_heads columns sort %}", columns=[Column(label="Account", sort="account")], sort="account"
    )
    assert 'aria-sort="ascending"' in html
    assert 'href="?sort=-account"' in html


def test_pages_keep_the_filter() -> None:
    html = _written('{% pagination page "deals" %}', path="/deals/?q=x", page=Paginator(range(120), 50).page(2))
    assert "51–100 of 120 deals" in html
    assert 'rel="prev" href="?q=x&amp;page=1"' in html
    assert 'rel="next" href="?q=x&amp;page=3"' in html


def test_a_field_ties_its_error_and_hint_to_the_input() -> None:
    html = _written("{% field form.company %}", form=DealForm({"company": ""}))
    assert 'aria-invalid="true"' in html
    assert 'aria-describedby="id_company_helptext id_company_error"' in html
    assert 'id="id_company_error"' in html
    assert '<p class="field-hint" id="id_company_helptext">As on their website</p>' in html


def test_a_field_that_may_stay_empty_says_so() -> None:
    assert '<span class="field-optional">optional</span>' in _written("{% field form.contact %}", form=DealForm())


def test_a_checklist_tells_its_state_in_words_too() -> None:
    items = [
        ChecklistItem(label="New to us", progress=Progress.KEPT),
        ChecklistItem(label="Above £25,000", progress=Progress.BROKEN),
    ]
    html = _written("{% checklist items %}", items=items)
    assert '<li class="is-kept">' in html
    assert '<b>Above £25,000</b><span class="visually-hidden">: broken</span>' in html


def test_names_become_initials() -> None:
    assert [initials(name) for name in ("Zephyr Informatics", "Halden & Roe", "kite", "")] == ["ZI", "HR", "K", ""]


def test_an_icon_that_is_not_there_says_where_to_get_it() -> None:
    with pytest.raises(UnknownIcon, match="from lucide-static"):
        icon("unicorn")


def test_the_console_shows_only_the_links_it_is_given() -> None:
    shell = Shell(
        organisation="Lumen Labs",
        subtitle="Partner programme",
        home_url="/",
        person_name="Priya Nair",
        person_email="priya@lumen.example",
        sign_out_url="/sign-out/",
        navigation=(
            LinkGroup(heading="Revenue", links=(Link(label="Deals", url="/deals/", icon="handshake", current=True),)),
        ),
    )
    html = _written('{% include "ui/console.html" %}', shell=shell)
    assert 'href="/deals/" aria-current="page"' in html
    assert html.count('<nav class="nav') == 1
    assert 'action="/sign-out/"' in html


def test_the_style_sheet_may_be_kept_for_ever_under_its_own_digest_only() -> None:
    request = RequestFactory().get("/", headers={"accept-encoding": "gzip, br"})
    kept = serve_style_sheet(request, style_sheet().digest)
    assert (kept["Content-Encoding"], kept["Cache-Control"]) == ("gzip", "public, immutable, max-age=31536000")
    assert serve_style_sheet(request, "of-an-older-release")["Cache-Control"] == "no-cache"


def test_the_style_sheet_is_readable_without_compression() -> None:
    answer = serve_style_sheet(RequestFactory().get("/"), style_sheet().digest)
    assert "Content-Encoding" not in answer
    assert answer.content.startswith(b"@layer tokens, base, layout")
    assert b'url("/static/ui/fonts/inter-latin' in answer.content


@pytest.mark.parametrize("page", ["403.html", "403_csrf.html", "404.html", "500.html"])
def test_an_error_page_needs_nothing_that_may_be_broken(page: str) -> None:
    html = get_template(page).render()
    assert '<link rel="stylesheet" href="/style/' in html
    assert html.count("<h1") == 1

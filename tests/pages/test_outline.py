"""A page kept for many people shows each one's own form, and nothing of anybody else's."""

import pytest

from limen.pages.outline import filled, is_common

FACTS = {"page": "sign_in", "person": None, "username": "", "action": "", "form_token": "", "error": None}


@pytest.fixture
def rendered():
    """What was rendered, and what renders it."""
    seen = []

    def render(facts):
        seen.append(dict(facts))
        seen_here = f"<i>{facts['error']} 100%</i>{facts['form_token']}%(action)s"
        return f'<form action="{facts["action"]}">{seen_here}</form>'

    return seen, render


def test_each_one_gets_their_own_form_from_one_rendering(rendered):
    seen, render = rendered

    first, second = [
        filled(render, FACTS | {"action": f"/i/{name}", "form_token": f"{name}-token"}).decode()
        for name in ("alice", "bob")
    ]

    assert len(seen) == 1
    assert first == '<form action="/i/alice"><i>None 100%</i>alice-token%(action)s</form>'
    assert second == '<form action="/i/bob"><i>None 100%</i>bob-token%(action)s</form>'


def test_another_fact_is_another_page(rendered):
    seen, render = rendered

    wrong = filled(render, FACTS | {"error": "wrong"}).decode()

    assert "wrong 100%" in wrong
    assert "wrong" not in filled(render, FACTS).decode()
    assert len(seen) == 2


def test_what_is_put_in_is_escaped(rendered):
    html = filled(rendered[1], FACTS | {"action": '"><script>', "form_token": "&"}).decode()

    assert '"&#34;&gt;&lt;script&gt;"' in html
    assert "&amp;" in html


@pytest.mark.parametrize("named", [{"person": object()}, {"username": "alice"}])
def test_a_page_that_names_somebody_is_nobody_elses(named):
    assert is_common("sign_in", FACTS)
    assert not is_common("sign_in", FACTS | named)
    assert not is_common("consent", FACTS)

"""Templates in one piece show what they would show from their files, and know before what cannot be."""

import pytest
from jinja2 import PackageLoader
from markupsafe import Markup
from msgspec import structs

from limen.pages import prepared, views, woven
from limen.pages.catalogue import catalogues
from limen.pages.static import asset
from tests.pages import samples

CLIENT = {
    "client_name": "Pay & <roll>",
    "logo_uri": "https://cdn.example/l.png",
    "redirect_host": "a.example",
}


def from_files(page, language, facts):
    """What Jinja itself makes of the template, its frame and its macros."""
    plain = prepared.environment_of(language).overlay(loader=PackageLoader("limen.pages"))
    texts = catalogues()[language]

    def say(text, /, **values):
        return Markup(texts.get(text, text)).format(**values)

    return plain.get_template(f"{page}.html", globals={"_": say, "asset": asset}).render(facts)


def page_of(tree, texts=None):
    return woven.woven(prepared.environment_of("en"), tree, texts or {})


@pytest.mark.parametrize("language", sorted(catalogues()))
@pytest.mark.parametrize("name", samples.PAGES)
def test_a_page_in_one_piece_is_the_page_of_its_files(name, language):
    page, message = samples.PAGES[name], samples.message(language=language, development=True)
    if "client" in page.facts:
        page = structs.replace(page, facts={**page.facts, "client": CLIENT})
    facts = views._shown(page, views.complete(page.name, page.facts), language)
    facts |= views._frame(page.name, message.tenant, message.base, language)

    in_one_piece = prepared.prepared(page.name, language).render(facts)

    assert in_one_piece == from_files(page.name, language, facts)


@pytest.fixture
def written(tmp_path, monkeypatch):
    """A function that writes a template."""
    (tmp_path / "templates").mkdir()
    monkeypatch.setattr(woven, "files", lambda _: tmp_path)
    return lambda name, text: (tmp_path / "templates" / f"{name}.html").write_text(text)


def test_a_translation_may_move_its_places_and_what_stands_in_them_is_escaped(written):
    written("page", '{{ _("{a} gives {b}", a=one, b=other) }}|{{ [_("{a} gives {b}", a=one, b=other)][0] }}')

    page = page_of("page", {"{a} gives {b}": "<i>{b}</i> from {a}"})

    assert page.render(one="<1>", other=2) == "<i>2</i> from &lt;1&gt;|<i>2</i> from &lt;1&gt;"


def test_a_macro_takes_its_defaults_and_its_names_stay_its_own(written):
    written(
        "page",
        '{% macro row(x, y="-") %}{{ x }}{{ y }}{{ z }}{% endmacro %}{{ row(z) }}{{ row(1, 2) }}{{ x }}',
    )

    assert page_of("page").render(x="x", z="<") == "&lt;-&lt;12&lt;x"


@pytest.mark.parametrize("call", ["row()", "row(1, 2, 3)", "row(x=1)"])
def test_a_macro_that_is_given_what_it_does_not_take_is_a_fault_before_anything_is_shown(written, call):
    written("page", f"{{% macro row(x, y=0) %}}{{{{ x }}}}{{% endmacro %}}{{{{ {call} }}}}")

    with pytest.raises(TypeError, match="macro row"):
        page_of("page")


def test_a_text_that_is_not_known_before_is_a_fault(written):
    written("page", "{{ _(name) }}")

    with pytest.raises(woven.nodes.Impossible):
        page_of("page")

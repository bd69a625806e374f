"""Which language is chosen, and whether it says everything."""

import re
from importlib.resources import files

import pytest

from limen.model.scope import STANDARD_SCOPES
from limen.pages.catalogue import catalogues
from limen.pages.language import choose
from limen.pages.refusals import OTHER, REFUSALS

LANGUAGES = {"en", "de", "pt-br"}
FOR_DEVELOPERS = {"demo_failed.html", "demo_result.html", "dev_home.html"}
PLACES = re.compile(r"{\w+}")


@pytest.mark.parametrize(
    ("ui_locales", "accept_language", "chosen"),
    [
        ("", "", "en"),
        ("de", "en", "de"),
        ("fr-CA de-CH", "en", "de"),
        ("", "fr, de;q=0.5, en;q=0.7", "en"),
        ("", "de-AT", "de"),
        ("", "pt-BR,en;q=0.1", "pt-br"),
        ("", "de;q=0, en", "en"),
        ("", "de;q=much, *;q=0.1", "en"),
        ("", ",;,q=1", "en"),
        ("xx " * 50 + "de", "", "en"),
    ],
)
def test_the_first_language_somebody_asked_for_is_chosen(ui_locales, accept_language, chosen):
    assert choose(LANGUAGES, ui_locales=ui_locales, accept_language=accept_language) == chosen


def said():
    """Every text a person may read."""
    folder = files("limen.pages").joinpath("templates")
    for template in folder.iterdir():
        if template.name not in FOR_DEVELOPERS:
            for double, single in re.findall(
                r"""\b_\(\s*(?:"([^"]*)"|'([^']*)')""", template.read_text("utf-8")
            ):
                yield double or single
    for refusal in {*REFUSALS.values(), OTHER}:
        yield from (refusal.title, refusal.happened, refusal.advice)
    for scope in STANDARD_SCOPES:
        yield from (scope.display_name, scope.description)
    yield from ("just now", "{minutes} min ago")


@pytest.mark.parametrize("language", sorted(catalogues().keys() - {"en"}))
def test_a_catalogue_says_everything_and_keeps_the_places(language):
    texts = catalogues()[language]

    assert {text for text in said() if text not in texts} == set()
    assert {
        t for t, said in texts.items() if sorted(PLACES.findall(t)) != sorted(PLACES.findall(said))
    } == set()


@pytest.mark.parametrize("language", sorted(catalogues().keys() - {"en"}))
def test_a_catalogue_says_nothing_that_is_nowhere_asked(language):
    assert catalogues()[language].keys() - set(said()) == set()

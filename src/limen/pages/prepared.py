"""Templates ready to render in a language, and what they may use; imported with the first page shown."""

from datetime import UTC, datetime
from functools import cache, partial

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup, escape

from limen.pages.catalogue import Texts, catalogues
from limen.pages.shown import link
from limen.pages.woven import woven


def prepared(page: str, language: str) -> Template:
    """Return the template of a page for one of the catalogues' languages."""
    return woven(environment_of(language), page, catalogues()[language])


@cache
def environment_of(language: str) -> Environment:
    """Return what a template may use: unknown names are errors, and everything is escaped."""
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    texts = catalogues()[language]
    environment.globals = {"link": link}
    environment.filters |= {
        "t": partial(_translate, texts),
        "ago": partial(_ago, texts),
        "moment": _moment,
        "isotime": _isotime,
        "bold": _bold,
    }
    return environment


def _translate(texts: Texts, text: str) -> str:
    """Translate a stored text when the catalogue knows it: the standard scopes, refusals."""
    return texts.get(text, text)


def _bold(text: str) -> Markup:
    return Markup(f"<b>{escape(text)}</b>")  # noqa: S704 -- escaped where it stands


def _moment(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"


def _isotime(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _ago(texts: Texts, asked_at: int, now: int) -> Markup:
    minutes = max(0, now - asked_at) // 60
    said = "{minutes} min ago" if minutes else "just now"
    return Markup(texts.get(said, said)).format(minutes=minutes)  # noqa: S704 -- the text is ours

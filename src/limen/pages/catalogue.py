"""Page texts in other languages, read from gettext's .po files in `locale/`."""

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files

Texts = Mapping[str, str]


@cache
def catalogues() -> Mapping[str, Texts]:
    """Return the translations by language; English is what the templates are written in."""
    folder = files("limen.pages").joinpath("locale")
    found = {entry.name.removesuffix(".po"): entry.read_text("utf-8") for entry in folder.iterdir()}
    return {"en": {}} | {language: dict(_entries(text)) for language, text in found.items()}


def _entries(text: str) -> Iterator[tuple[str, str]]:
    """Yield msgid and msgstr of each entry that is translated."""
    for block in text.split("\n\n"):
        parts = {"msgid": "", "msgstr": ""}
        keyword = ""
        for line in block.splitlines():
            if line.startswith("#"):
                continue
            if not line.startswith('"'):
                keyword, _, line = line.partition(" ")  # noqa: PLW2901 -- the rest is a continued string
            parts[keyword] += ast.literal_eval(line)
        if parts["msgid"] and parts["msgstr"]:
            yield parts["msgid"], parts["msgstr"]

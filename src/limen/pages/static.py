"""Files the pages link to, under names that change with their content."""

import hashlib
from functools import cache
from importlib.resources import files

MEDIA_TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}


@cache
def assets() -> dict[str, tuple[bytes, str]]:
    """Return each file's content and media type by its name under /static/, for ever cacheable."""
    found = {entry.name: entry.read_bytes() for entry in files("limen.pages").joinpath("static").iterdir()}
    return {
        _versioned(name, content): (content, MEDIA_TYPES[name.rpartition(".")[2]])
        for name, content in sorted(found.items())
    }


@cache
def asset(name: str) -> str:
    """Return the URL path of the file `name`; KeyError when there is none."""
    stem, _, extension = name.rpartition(".")
    for versioned in assets():
        if versioned.startswith(f"{stem}.") and versioned.endswith(f".{extension}"):
            return f"/static/{versioned}"
    raise KeyError(name)


def _versioned(name: str, content: bytes) -> str:
    stem, _, extension = name.rpartition(".")
    return f"{stem}.{hashlib.sha256(content).hexdigest()[:8]}.{extension}"

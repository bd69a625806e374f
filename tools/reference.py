"""Write the reference pages from the code they describe: settings, errors, standards, commands.

python tools/reference.py          # writes docs/reference/*.md and docs/standards.md
"""

import ast
import dataclasses
import inspect
import json
import subprocess
import sys
from pathlib import Path

from limen import errors
from limen.config import values
from limen.protocol.policy import Policy

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"


def documented(kind):
    """Return each field of a struct with the docstring below it."""
    body = ast.parse(inspect.getsource(kind)).body[0].body
    found = {}
    for statement, following in zip(body, [*body[1:], None], strict=True):
        if isinstance(statement, ast.AnnAssign):
            text = following.value.value if _is_docstring(following) else ""
            found[statement.target.id] = (ast.unparse(statement.annotation), text)
    return found


def _is_docstring(statement):
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def settings():
    """Return the page of settings."""
    lines = [
        "# Settings of tenants and applications",
        "",
        "A setting may be made for an application or for a tenant; an application's own comes first, then",
        "its tenant's, then the default below. Lifetimes are in seconds. In registration metadata each name",
        "has the prefix `limen_`.",
        "",
    ]
    defaults = Policy()
    for name, (kind, text) in documented(Policy).items():
        default = getattr(defaults, name)
        shown = "nothing" if default in ((), None) else _value(default)
        lines += [f"## {name}", "", text, "", f"Type `{kind}`, default: {shown}.", ""]
    lines += [
        "# The process's configuration",
        "",
        "In `limen.toml`, or in the environment as `LIMEN_SECTION__KEY`.",
        "",
    ]
    for section, kind in values.SECTIONS.items():
        lines += [f"## [{section}]", "", inspect.getdoc(kind), "", "| key | default |", "|---|---|"]
        for field in dataclasses.fields(kind):
            default = field.default if field.default is not dataclasses.MISSING else ""
            lines.append(f"| `{field.name}` | {_shown(default)} |")
        lines.append("")
    return "\n".join(lines)


def _value(default):
    """Return a default as a person would set it."""
    return default if isinstance(default, str) else json.dumps(default)


def _shown(value):
    return f"`{value}`" if value not in ("", ()) else "–"


def error_codes():
    """Return the page of error codes."""
    lines = ["# Error codes", "", "| code | status | from |", "|---|---:|---|"]
    text = inspect.getsource(errors).splitlines()
    source, rows = "", {}
    for line in text:
        if line.startswith("# "):
            source = line[2:]
        if line.startswith("class ") and "(OAuthError)" in line:
            kind = getattr(errors, line.split("(")[0].removeprefix("class "))
            rows[kind.error] = f"| `{kind.error}` | {kind.status} | {source} |"
    return "\n".join([*lines, *(rows[code] for code in sorted(rows))]) + "\n"


def standards():
    """Return the index from standard to file."""
    done = subprocess.run(
        [sys.executable, "-m", "limen.cli", "standards", "-o", "json"],
        capture_output=True,
        text=True,
        check=True,
    )
    import json

    lines = [
        "# Which file serves which standard",
        "",
        "Made from the first lines of the files below `src/limen`; `limen standards` prints the same.",
        "",
        "| standard | files |",
        "|---|---|",
    ]
    lines += [
        f"| {row['standard']} | {', '.join(f'`{name}`' for name in row['files'])} |"
        for row in json.loads(done.stdout)
    ]
    return "\n".join(lines) + "\n"


PAGES = {
    "reference/settings.md": settings,
    "reference/errors.md": error_codes,
    "standards.md": standards,
}


if __name__ == "__main__":
    for name, make in PAGES.items():
        (DOCS / name).write_text(make().rstrip("\n") + "\n")
        print(f"wrote docs/{name}")

"""The source tree as the house tests see it: files, syntax trees, functions."""

import ast
import subprocess
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "limen"


@dataclass(frozen=True)
class Module:
    path: Path

    @property
    def name(self):
        """The path below src/limen: protocol/pkce.py."""
        return self.path.relative_to(PACKAGE).as_posix()

    @property
    def room(self):
        """The folder directly below src/limen, or the file's own name."""
        return self.name.partition("/")[0]

    @cached_property
    def text(self):
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def tree(self):
        return ast.parse(self.text, self.name)

    @cached_property
    def docstring(self):
        return ast.get_docstring(self.tree) or ""

    def nodes(self, *kinds):
        return [node for node in ast.walk(self.tree) if isinstance(node, kinds)]

    def functions(self):
        return self.nodes(ast.FunctionDef, ast.AsyncFunctionDef)

    def place(self, node):
        return f"{self.name}:{node.lineno}"

    def docstring_nodes(self):
        """The nodes that are documentation, not values."""
        holders = self.nodes(ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
        bodies = [holder.body for holder in holders]
        return {
            id(statement.value)
            for body in bodies
            for statement in body
            if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
        }


@cache
def modules():
    return [Module(path) for path in sorted(PACKAGE.rglob("*.py"))]


def methods(module):
    """The functions whose first parameter is self or cls."""
    return {
        id(statement)
        for owner in module.nodes(ast.ClassDef)
        for statement in owner.body
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef)
        and not any(
            isinstance(mark, ast.Name) and mark.id == "staticmethod" for mark in statement.decorator_list
        )
    }


def repository_files():
    """All files of the repository, those not yet committed too, without what is ignored."""
    listing = subprocess.run(
        ["git", "-C", ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        check=True,
        capture_output=True,
        text=True,
    )
    names = (name for name in listing.stdout.split("\0") if name)
    return [ROOT / name for name in sorted(set(names)) if (ROOT / name).is_file()]

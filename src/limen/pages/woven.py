"""Templates woven for one language, each into one flat piece, with all that never changes put in beforehand.

A template extends a frame, calls macros and says its texts in English. To find all that anew for every
reader is most of what a page costs, so it is done once, on the template's tree: the frame's blocks are
filled, a macro's body stands where it is shown, `_()` and `asset()` are what they say in this language.
What is shown is the same. Three things a template must keep to: what it imports it calls `parts`, a macro
is shown, and not a value of an expression, and the first argument of `_()` is a text and no name.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from string import Formatter
from typing import Any, TypeVar

from jinja2 import Environment, Template, nodes
from markupsafe import Markup

from limen.pages.catalogue import Texts
from limen.pages.static import asset

Kind = TypeVar("Kind", bound=nodes.Node)
_BODIES = {"body", "else_"}


def woven(environment: Environment, page: str, texts: Texts) -> Template:
    """Return the template of `page` as one piece that says `texts`."""
    tree = _tree(environment, f"{page}.html")
    frames = [_tree(environment, _constant(extends.template)) for extends in _of(nodes.Extends, tree)]
    imports = [
        _tree(environment, _constant(imported.template)) for imported in _of(nodes.Import, *frames, tree)
    ]
    macros = {macro.name: macro for macro in _of(nodes.Macro, *imports, *frames, tree)}
    filled = {block.name: block for block in _of(nodes.Block, tree)}
    statements = [*_of(nodes.Assign, tree), *frames[0].body] if frames else tree.body
    # In a scope of its own, for what is set at a template's top is kept for those who import it: nobody does.
    whole = nodes.Scope(_Weaver(texts, macros, filled).body(statements), lineno=1)
    flat = nodes.Template([whole], lineno=1)
    flat.set_environment(environment)
    code = environment.compile(flat, page, f"<{page}.html>")
    return Template.from_code(environment, code, dict(environment.globals))


def _tree(environment: Environment, name: str) -> nodes.Template:
    return environment.parse(files("limen.pages").joinpath("templates", name).read_text("utf-8"), name)


def _of(kind: type[Kind], *trees: nodes.Template) -> list[Kind]:
    """Return the nodes of this kind at the top of the trees."""
    return [node for tree in trees for node in tree.body if isinstance(node, kind)]


@dataclass(frozen=True, slots=True)
class _Weaver:
    """Makes new nodes of old ones and leaves those as they are, for a macro is shown more than once."""

    texts: Texts
    macros: Mapping[str, nodes.Macro]
    blocks: Mapping[str, nodes.Block]

    def body(self, statements: Iterable[nodes.Node]) -> list[nodes.Node]:
        """Return the statements woven; outputs that follow one another are one, so that constants join."""
        found: list[nodes.Node] = []
        for statement in (new for old in statements for new in self._statement(old)):
            if found and isinstance(statement, nodes.Output) and isinstance(found[-1], nodes.Output):
                found[-1].nodes.extend(statement.nodes)
            else:
                found.append(statement)
        return found

    def _statement(self, node: nodes.Node) -> Iterator[nodes.Node]:
        match node:
            case nodes.Import() | nodes.Macro():
                return
            case nodes.Block(name=name, body=body):
                yield from self.body(self.blocks[name].body if name in self.blocks else body)
            case nodes.Output():
                for shown in node.nodes:
                    yield from self._shown(shown)
            case _:
                yield self._copy(node)

    def _shown(self, expression: nodes.Expr) -> Iterator[nodes.Node]:
        """Yield the statements that show `expression`."""
        line = expression.lineno
        match expression:
            case nodes.Call() if (macro := self.macros.get(_called(expression))) is not None:
                names, values = self._bound(macro, expression)
                body = self.body(macro.body)
                yield from [nodes.With(names, values, body, lineno=line)] if names else body
            case nodes.Call() if _called(expression) == "_":
                yield nodes.Output(self._said(expression), lineno=line)
            case nodes.CondExpr(test=test, expr1=one, expr2=nodes.Expr() as other):
                either = [self.body(self._shown(one)), [], self.body(self._shown(other))]
                yield nodes.If(self._copy(test), *either, lineno=line)
            case _:
                yield nodes.Output([self._copy(expression)], lineno=line)

    def _bound(self, macro: nodes.Macro, call: nodes.Call) -> tuple[list[nodes.Node], list[nodes.Node]]:
        """Return the macro's parameters as names to set, and their values in this call."""
        missing = len(macro.args) - len(call.args)
        values = [*call.args, *macro.defaults[len(macro.defaults) - missing :]] if missing else call.args
        names: list[nodes.Node] = [nodes.Name(arg.name, "store", lineno=call.lineno) for arg in macro.args]
        if len(names) != len(values) or call.kwargs:
            raise TypeError(f"macro {macro.name} does not take what line {call.lineno} gives it")
        return names, [self._copy(value) for value in values]

    def _said(self, call: nodes.Call) -> list[nodes.Node]:
        """Return a text of ours in pieces: what it says, and what stands in its {places}."""
        text = _constant(call.args[0])
        values = {keyword.key: keyword.value for keyword in call.kwargs}
        pieces: list[nodes.Node] = []
        for literal, place, _, _ in Formatter().parse(self.texts.get(text, text)):
            pieces.append(nodes.Const(Markup(literal), lineno=call.lineno))  # noqa: S704 -- the text is ours
            if place is not None:
                pieces.append(self._copy(values[place]))
        return pieces

    def _copy(self, node: Any) -> Any:
        """Return a node like `node` with all that is in it woven."""
        if isinstance(node, list):
            return [self._copy(one) for one in node]
        if not isinstance(node, nodes.Node):
            return node
        if isinstance(node, nodes.Call) and _called(node) == "_":
            pieces = self._said(node)
            return pieces[0] if len(pieces) == 1 else nodes.Concat(pieces, lineno=node.lineno)
        if isinstance(node, nodes.Call) and _called(node) == "asset":
            return nodes.Const(asset(_constant(node.args[0])), lineno=node.lineno)
        fields = (
            self.body(value) if name in _BODIES and isinstance(value, list) else self._copy(value)
            for name, value in node.iter_fields()
        )
        return type(node)(*fields, lineno=node.lineno)


def _called(call: nodes.Call) -> str:
    """Return the name of what is called: `badge` for badge(…) and for parts.badge(…)."""
    match call.node:
        case nodes.Name(name=name) | nodes.Getattr(node=nodes.Name(name="parts"), attr=name):
            return str(name)
        case _:
            return ""


def _constant(expression: nodes.Node) -> str:
    """Return what is known before any page is shown; nodes.Impossible for anything else."""
    return str(expression.as_const()) if isinstance(expression, nodes.Expr) else ""

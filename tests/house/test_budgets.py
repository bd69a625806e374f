"""Files and functions stay small enough to read at once."""

import ast

from tests.house.tree import methods, modules

MODULE_LINES, MODULE_LINES_HARD = 300, 400
FUNCTION_LINES, FUNCTION_LINES_HARD = 30, 60
PARAMETERS = 6

# Files over the budget, each with its reason: "protocol/client_metadata.py": "one table, a row a name".
LONG_MODULES: dict[str, str] = {}
# Functions over the budget, each with its reason: "routes.py:routes": "the table of every URL".
LONG_FUNCTIONS: dict[str, str] = {"routes.py:protocol_routes": "the table of the specifications' URLs"}


def _module_lengths():
    return {module.name: len(module.text.splitlines()) for module in modules()}


def _function_lengths():
    return {
        f"{module.name}:{function.name}": _lines(function)
        for module in modules()
        for function in module.functions()
    }


def _lines(function):
    """The lines of a function from its `def` on, without its docstring."""
    first = function.body[0]
    documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    documentation = first.end_lineno - first.lineno + 1 if documented else 0
    return function.end_lineno - function.lineno + 1 - documentation


def _over(lengths, budget, hard, excused):
    return {
        name: length
        for name, length in lengths.items()
        if length > hard or (length > budget and name not in excused)
    }


def test_modules_keep_to_their_budget():
    assert _over(_module_lengths(), MODULE_LINES, MODULE_LINES_HARD, LONG_MODULES) == {}


def test_functions_keep_to_their_budget():
    assert _over(_function_lengths(), FUNCTION_LINES, FUNCTION_LINES_HARD, LONG_FUNCTIONS) == {}


def test_every_excuse_is_still_needed():
    modules_over = {name for name, length in _module_lengths().items() if length > MODULE_LINES}
    functions_over = {name for name, length in _function_lengths().items() if length > FUNCTION_LINES}

    assert LONG_MODULES.keys() - modules_over == set()
    assert LONG_FUNCTIONS.keys() - functions_over == set()


def test_functions_take_few_parameters():
    over = {}
    for module in modules():
        owned = methods(module)
        for function in module.functions():
            arguments = function.args
            named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
            gathered = [argument for argument in (arguments.vararg, arguments.kwarg) if argument]
            count = len(named) + len(gathered) - (id(function) in owned)
            if count > PARAMETERS:
                over[f"{module.place(function)} {function.name}"] = count

    assert over == {}

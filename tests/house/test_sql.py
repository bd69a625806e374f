"""SQL is written in one place."""

import ast
import re

from tests.house.tree import modules

STATEMENT = re.compile(
    r"\bSELECT\s.+\sFROM\s|\bINSERT\s+(OR \w+ )?INTO\s|\bUPDATE\s+\w+\s+SET\s|\bDELETE\s+FROM\s"
    r"|\b(CREATE|ALTER|DROP)\s+(UNIQUE\s+)?(TABLE|INDEX)\s|\bPRAGMA\s+\w+|^\s*(BEGIN|COMMIT|ROLLBACK)\b",
    re.DOTALL,
)


def test_sql_stays_in_storage_sql():
    strays = []
    for module in modules():
        if module.name.startswith("storage/sql"):
            continue
        documentation = module.docstring_nodes()
        strays += [
            module.place(node)
            for node in module.nodes(ast.Constant)
            if isinstance(node.value, str) and id(node) not in documentation and STATEMENT.search(node.value)
        ]

    assert strays == []

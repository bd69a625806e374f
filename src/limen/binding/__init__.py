"""Token binding: one file per binding type."""

from limen.binding.base import Binding
from limen.binding.none import NoBinding
from limen.ports import Ports


def all_bindings(_ports: Ports) -> tuple[Binding, ...]:
    """Return every binding type."""
    return (NoBinding(),)

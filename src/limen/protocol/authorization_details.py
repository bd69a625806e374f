"""Rich authorization requests (RFC 9396)."""

from collections.abc import Mapping
from typing import Any

from limen.model.tenant import Tenant


def in_words(detail: Mapping[str, Any], tenant: Tenant) -> str:
    """Return what consent shows for one authorization detail, from its type's template."""
    kind = next((t for t in tenant.detail_types if t.type == detail.get("type")), None)
    if kind is None:
        return str(detail.get("type", ""))
    text = kind.template or kind.display_name or kind.type
    for name, value in detail.items():
        if isinstance(value, str | int | float):
            text = text.replace("{" + name + "}", str(value))
    return text

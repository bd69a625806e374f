"""Files that travel inside the package, under names that change with their content (RFC 9111, RFC 8246)."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from limen.http.refused import Refused
from limen.protocol.answer import Body
from limen.protocol.message import Message

_FOR_EVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class StaticFiles:
    """Answers `/static/{file}` from memory, whole: ranges are never served (DS-12)."""

    files: Mapping[str, tuple[bytes, str]]
    _tags: dict[str, str] = field(default_factory=dict)

    async def __call__(self, message: Message) -> Body:
        name = message.args["file"]
        found = self.files.get(name)
        if found is None:
            raise Refused(404, "there is nothing here")
        content, media_type = found
        tag = self._tags.get(name) or self._tags.setdefault(name, _tag(content))
        headers = {"Cache-Control": _FOR_EVER, "ETag": tag}
        if tag in message.headers.get("if-none-match", ""):
            return Body(content=b"", media_type=media_type, status=304, headers=headers)
        return Body(content=content, media_type=media_type, headers=headers)


def _tag(content: bytes) -> str:
    return f'"{hashlib.sha256(content).hexdigest()[:16]}"'

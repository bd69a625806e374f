"""The identifier by which both sides find one call again in their logs (FAPI 1.0 Baseline §6.2.1 item 11)."""

import hashlib
import re
import uuid

from limen.protocol.message import Message
from limen.protocol.profile import FAPI1, FAPI_CIBA

HEADER = "x-fapi-interaction-id"
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def interaction_id(message: Message, profile: str) -> str | None:
    """Return what the answer must carry: what was sent, else one of ours where the profile wants it."""
    sent = message.headers.get(HEADER)
    if sent is not None and _UUID.fullmatch(sent):
        return sent
    if profile not in {FAPI1, FAPI_CIBA}:
        return None
    # Made of our own reference, so that either leads to the other.
    return str(uuid.UUID(bytes=hashlib.sha256(message.request_id.encode()).digest()[:16], version=4))

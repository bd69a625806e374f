"""What a connection says by itself, where no application does: one sentence (RFC 9110 §15.5, §15.6)."""

from limen.http.headers import TEXT_TYPE
from limen.http.response import Headers

_SENTENCES = {
    400: "the request is malformed",
    408: "too slow",
    414: "the URL is too long",
    431: "too many headers",
    500: "something broke on our side",
    503: "too many requests at once",
}


def plain(status: int) -> tuple[Headers, bytes]:
    """Return the fields and the body of such an answer."""
    sentence = f"{_SENTENCES[status]}\n".encode()
    return [TEXT_TYPE, (b"content-length", b"%d" % len(sentence))], sentence

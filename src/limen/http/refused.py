"""What HTTP itself refuses, before any room has been entered (RFC 9110 §15.5, RFC 6585 §5)."""


class Refused(Exception):
    """A status and one plain sentence; `allow` goes with 405, `close` with a connection that must end."""

    def __init__(self, status: int, reason: str, *, allow: str = "", close: bool = False) -> None:
        super().__init__(reason)
        self.status, self.reason, self.allow, self.close = status, reason, allow, close


class Gone(Exception):
    """The peer went away while we were reading; nobody is left to answer."""

"""A string that will not print itself."""


class Secret(str):
    """A password, handle, code or assertion; its plain value is reached by `reveal()`, on purpose."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Secret(…)"

    def __str__(self) -> str:
        return "…"

    def __format__(self, spec: str) -> str:
        return "…"

    def reveal(self) -> str:
        """Return the plain value."""
        return self[:]

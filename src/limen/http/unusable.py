"""An address, a certificate or a key that the operator named and nobody can use (docs: operations)."""


class Unusable(Exception):
    """What it is and why; `taken` where another program has it."""

    def __init__(self, problem: str, *, taken: bool = False) -> None:
        super().__init__(problem)
        self.taken = taken

"""What is told to the log and the metrics. Audit rows are changes of the store, not of this port."""

from typing import Protocol


class Events(Protocol):
    """Never blocks, never raises, never sees a secret."""

    def emit(self, name: str, /, **facts: object) -> None:
        """Tell that something happened; `facts` become members of one JSON log line."""
        ...

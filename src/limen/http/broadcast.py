"""Tell several listeners of one event: the log, the metrics, a trace (`limen.ports.events`)."""

from dataclasses import dataclass

from limen.ports.events import Events


@dataclass(frozen=True, slots=True)
class Broadcast:
    """Implements `ports.events.Events`."""

    listeners: tuple[Events, ...]

    def emit(self, name: str, /, **facts: object) -> None:
        """Tell every listener."""
        for listener in self.listeners:
            listener.emit(name, **facts)

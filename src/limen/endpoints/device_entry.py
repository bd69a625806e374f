"""The page where a person enters the code a device shows (RFC 8628 §3.3, §5.1)."""

from dataclasses import dataclass

from limen.endpoints.device_authorization import PAGE
from limen.endpoints.device_journey import ENDED, DeviceJourney
from limen.errors import ForeignForm
from limen.model.artifacts import DeviceCode
from limen.model.person import Throttle
from limen.ports.events import Events
from limen.ports.keys import Keys
from limen.ports.storage import Count, Storage
from limen.ports.world import Clock, Entropy
from limen.protocol.answer import Ask, Cookie, Go, Page
from limen.protocol.device import LENGTH, PER_BROWSER, PER_SOURCE, WINDOW, shown, typed
from limen.protocol.message import Message
from limen.protocol.throttling import neighbourhood, wait_after
from limen.tokens.digest import digest, is_same
from limen.tokens.user_code import user_code_digest


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceEntryEndpoint:
    """GET shows the form, filled from verification_uri_complete; POST looks the code up."""

    storage: Storage
    keys: Keys
    journey: DeviceJourney
    events: Events
    clock: Clock
    entropy: Entropy

    async def __call__(self, message: Message) -> Page | Ask | Go:
        """Show the form, or start the journey of the code that was entered."""
        browser = message.cookies.get("csrf") or self.entropy.handle()
        code = typed(message.one("user_code") or "")
        if message.method != "POST":
            return _form(message, browser, code, error="expired" if message.one(ENDED) else None)
        if not is_same(_form_token(browser), message.one("form_token") or ""):
            raise ForeignForm("the form was not sent from our own page", page_code="cross_site")
        # Counted before it is looked up: who has guessed too often learns nothing, even of a right code.
        if wait := await self._tried(message, browser):
            return _form(message, browser, code, error="throttled", wait=wait)
        found = await self._found(message, code)
        if found is not None and found.status == "pending" and found.expires_at > self.clock.now():
            await self._was_right(message, browser)
            return await self.journey.start(found, shown(code), message)
        self._tell(message)
        return _form(message, browser, code, error="expired" if found else "unknown")

    async def _found(self, message: Message, code: str) -> DeviceCode | None:
        if len(code) != LENGTH:
            return None
        tenant_id = message.tenant.tenant_id
        return await self.storage.device_code(tenant_id, user_code_digest(self.keys, tenant_id, code))

    async def _tried(self, message: Message, browser: str) -> int:
        """Count one more try; return the seconds to wait where there were too many wrong ones."""
        buckets = _buckets(message, browser)
        # Who has to wait already is not counted on: others at the same place have done nothing.
        for bucket, most in buckets.items():
            if wait := await self._wait(message, bucket, most):
                return wait
        for bucket, most in buckets.items():
            await self._count(message, bucket)
            if wait := await self._wait(message, bucket, most):
                return wait
        return 0

    async def _wait(self, message: Message, bucket: str, most: int) -> int:
        tenant_id = message.tenant.tenant_id
        tries = await self.storage.throttle(tenant_id, bucket)
        right = await self.storage.throttle(tenant_id, _right(bucket, tries))
        return wait_after(tries, right, most, self.clock.now())

    async def _was_right(self, message: Message, browser: str) -> None:
        """Hold the try against nobody: where many people connect devices, their codes are no guesses."""
        for bucket in _buckets(message, browser):
            tries = await self.storage.throttle(message.tenant.tenant_id, bucket)
            await self._count(message, _right(bucket, tries))

    async def _count(self, message: Message, bucket: str) -> None:
        now, tenant_id = self.clock.now(), message.tenant.tenant_id
        await self.storage.commit(Count(tenant_id=tenant_id, bucket=bucket, now=now, window=WINDOW))

    def _tell(self, message: Message) -> None:
        self.events.emit(
            "device.unknown_code",
            reference=message.request_id,
            tenant=message.tenant.name,
            source=message.source,
        )


def _buckets(message: Message, browser: str) -> dict[str, int]:
    return {
        f"device-source:{neighbourhood(message.source)}": PER_SOURCE,
        f"device:{digest(browser)[:32]}": PER_BROWSER,
    }


def _right(bucket: str, tries: Throttle | None) -> str:
    """Return the bucket of right codes in one window of tries: none makes up for a later guess."""
    return f"{bucket}:right:{tries.first_at if tries is not None else 0}"


def _form_token(browser: str) -> str:
    return digest(f"{browser}.device")


def _form(message: Message, browser: str, code: str, *, error: str | None, wait: int = 0) -> Page:
    facts = {
        "action": message.base + PAGE,
        "form_token": _form_token(browser),
        "user_code": shown(code) if len(code) == LENGTH else code,
        "error": error,
        "retry_after": wait,
    }
    return Page(
        name="device_code",
        facts=facts,
        status=429 if wait else 200,
        cookies=(Cookie(name="csrf", value=browser),),
        headers={"Retry-After": str(wait)} if wait else {},
    )

"""What a person reads when something went wrong, by code (RFC 6749 §4.1.2.1): our words only."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refusal:
    """A title, what happened, and what to do about it."""

    title: str
    happened: str
    advice: str


_NOT_SIGNED_IN = "We could not sign you in"
_START_AGAIN = "Go back to the app and start again."
_TELL_THE_APP = (
    "Go back to the app. If this happens again, tell the people who run it, with the reference below."
)

INCOMPLETE = Refusal(_NOT_SIGNED_IN, "The app sent an incomplete request.", _TELL_THE_APP)
REFUSED = Refusal(_NOT_SIGNED_IN, "The app asked for something it may not have.", _TELL_THE_APP)
UNKNOWN_CLIENT = Refusal(
    _NOT_SIGNED_IN,
    "The app that sent you here is not registered.",
    "Check the address you came from. If you trust it, tell the people who run the app.",
)
DISABLED_CLIENT = Refusal(
    _NOT_SIGNED_IN,
    "This app is switched off at the moment.",
    "Try again later, or ask the people who run it.",
)
REDIRECT_URI = Refusal(
    _NOT_SIGNED_IN,
    "The app’s return address is not registered, so we stopped for your safety.",
    "Tell the people who run the app, with the reference below.",
)
REQUEST_URI = Refusal(_NOT_SIGNED_IN, "This sign-in link was already used or is too old.", _START_AGAIN)
REQUEST_OBJECT = Refusal(_NOT_SIGNED_IN, "The app sent a request we could not verify.", _TELL_THE_APP)
EXPIRED = Refusal(
    "This page is too old", "Sign-in pages work for a limited time, and this one ran out.", _START_AGAIN
)
OTHER_BROWSER = Refusal(
    "This page belongs to another browser",
    "The sign-in was started somewhere else, so we stopped for your safety.",
    _START_AGAIN,
)
DENIED = Refusal(
    "No access", "Your account has no access here.", "Ask the people who run the app for access."
)
NOT_FOUND = Refusal(
    "Nothing behind this door",
    "There is no page at this address.",
    "Check the address, or go back to where you came from.",
)
METHOD = Refusal(
    "This address works differently",
    "The page cannot be opened this way.",
    "Go back and use the links and buttons of the page.",
)
CROSS_SITE = Refusal(
    "We stopped this for your safety",
    "The form came from another website.",
    "If you did this yourself, open our page again and repeat it there. Otherwise you need do nothing.",
)
TOO_MANY = Refusal(
    "Too many tries",
    "There were too many requests in a short time.",
    "Wait a little, then try again.",
)
UNAVAILABLE = Refusal(
    "Back in a moment",
    "We cannot answer at the moment. Nothing was changed.",
    "Try again in a little while.",
)
FAULT = Refusal(
    "Something broke on our side",
    "This is our fault, not yours. Nothing was changed.",
    "Try again. If it happens again, tell us the reference below.",
)
SETUP_LINK = Refusal(
    "This link is not valid any more",
    "A set-up link works once, for 15 minutes.",
    "Make another one on the server: limen admin setup-link",
)
OTHER = Refusal("That did not work", "We could not do what was asked.", "Go back and try again.")

REFUSALS: Mapping[str, Refusal] = {
    "unknown_client": UNKNOWN_CLIENT,
    "disabled_client": DISABLED_CLIENT,
    "redirect_uri": REDIRECT_URI,
    "request_uri": REQUEST_URI,
    "request_object": REQUEST_OBJECT,
    "interaction_expired": EXPIRED,
    "other_browser": OTHER_BROWSER,
    "not_found": NOT_FOUND,
    "method_not_allowed": METHOD,
    "cross_site": CROSS_SITE,
    "too_many_requests": TOO_MANY,
    "setup_link": SETUP_LINK,
    # The registered codes, for refusals without a page code of their own.
    "invalid_client": UNKNOWN_CLIENT,
    "invalid_redirect_uri": REDIRECT_URI,
    "invalid_request": INCOMPLETE,
    "invalid_request_uri": REQUEST_URI,
    "invalid_request_object": REQUEST_OBJECT,
    "unsupported_response_type": REFUSED,
    "unauthorized_client": REFUSED,
    "invalid_scope": REFUSED,
    "invalid_target": REFUSED,
    "invalid_authorization_details": REFUSED,
    "access_denied": DENIED,
    "expired_token": EXPIRED,
    "temporarily_unavailable": UNAVAILABLE,
    "server_error": FAULT,
}

_BY_STATUS: Mapping[int, Refusal] = {
    403: DENIED,
    404: NOT_FOUND,
    405: METHOD,
    429: TOO_MANY,
    500: FAULT,
    503: UNAVAILABLE,
}


def refusal(code: str, status: int) -> Refusal:
    """Return the words for `code`, or those for the HTTP status."""
    return REFUSALS.get(code) or _BY_STATUS.get(status, OTHER)

"""Drive the code flow as a browser would, through whatever pages a provider shows. Loopback only."""

import base64
import hashlib
import json
import secrets
import threading
import time
from html.parser import HTMLParser
from http.client import HTTPConnection
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

FORM = "application/x-www-form-urlencoded"


class Forms(HTMLParser):
    """The first form of a page: where it goes and what it sends."""

    def __init__(self):
        super().__init__()
        self.action, self.method, self.fields, self.done = None, "get", [], False

    def handle_starttag(self, tag, attributes):
        at = dict(attributes)
        if tag == "form" and self.action is None:
            self.action, self.method = at.get("action") or "", (at.get("method") or "get").lower()
        elif self.action is not None and not self.done and tag in {"input", "button"} and at.get("name"):
            kind = (at.get("type") or "text").lower() if tag == "input" else "submit"
            if kind != "checkbox" or "checked" in at:
                self.fields.append((at["name"], at.get("value") or "", kind))

    def handle_endtag(self, tag):
        if tag == "form" and self.action is not None:
            self.done = True


class Browser:
    """Keeps cookies by path, and its connections alive."""

    def __init__(self, connections=None):
        self.jar, self.connections, self.requests = {}, connections if connections is not None else {}, 0

    def send(self, method, url, body=None, headers=None):
        parts = urlsplit(url)
        if parts.hostname not in {"127.0.0.1", "localhost"}:
            raise ValueError(f"loopback only: {url}")
        path = parts.path or "/"
        sent = {**(headers or {})}
        if cookie := "; ".join(f"{n}={v}" for (n, at), v in self.jar.items() if path.startswith(at)):
            sent["Cookie"] = cookie
        self.requests += 1
        connection = self.connections.setdefault(parts.netloc, HTTPConnection(parts.netloc, timeout=10))
        connection.request(method, path + (f"?{parts.query}" if parts.query else ""), body, sent)
        answer = connection.getresponse()
        content = answer.read()
        for line in answer.headers.get_all("set-cookie") or ():
            self._keep(line, path)
        return answer.status, answer.headers.get("location"), content

    def _keep(self, line, path):
        first, *rest = (part.strip() for part in line.split(";"))
        name, _, value = first.partition("=")
        at = {k.lower(): v for k, _, v in (part.partition("=") for part in rest)}
        place = (name, at.get("path") or "/")
        if not value or at.get("max-age") == "0" or "1970" in at.get("expires", ""):
            self.jar.pop(place, None)
        else:
            self.jar[place] = value


def run(browser, op, *, scope="openid", username="jane", password="jane-password"):
    """Sign in, agree, redeem; return the token response."""
    verifier = secrets.token_urlsafe(32)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    asked = {
        "response_type": "code", "client_id": op.client_id, "redirect_uri": op.redirect_uri, "scope": scope,
        "state": secrets.token_urlsafe(8), "nonce": secrets.token_urlsafe(8),
        "code_challenge": challenge, "code_challenge_method": "S256",
    }  # fmt: skip
    if "offline_access" in scope:
        asked["prompt"] = "consent"
    url = f"{op.authorize}?{urlencode(asked)}"
    status, location, content = browser.send("GET", url)
    for _ in range(24):
        if status in {301, 302, 303, 307, 308}:
            url = urljoin(url, location)
            if url.startswith(op.redirect_uri):
                return _redeem(browser, op, parse_qs(urlsplit(url).query)["code"][0], verifier)
            status, location, content = browser.send("GET", url)
        elif status == 200 and b"<form" in content:
            action, body = _filled(content.decode(), username, password)
            url = urljoin(url, action)
            origin = f"{urlsplit(url).scheme}://{urlsplit(url).netloc}"
            headers = {"Content-Type": FORM, "Origin": origin}
            status, location, content = browser.send("POST", url, body, headers)
        else:
            raise RuntimeError(f"stuck at {status} {url}: {content[:300]!r}")
    raise RuntimeError("the flow does not end")


def _filled(html, username, password):
    form = Forms()
    form.feed(html)
    data, pressed = [], False
    for name, value, kind in form.fields:
        if kind == "submit":
            if pressed:
                continue
            pressed = True
        data.append((name, _answer(kind, value, username, password)))
    if any(name == "username" for name, _ in data):
        data = [(name, value) for name, value in data if name != "cancel"]
    return form.action, urlencode(data)


def _answer(kind, value, username, password):
    if kind == "password":
        return password
    if kind in {"text", "email"} and not value:
        return username
    return value or ("1" if kind == "submit" else "")


def _redeem(browser, op, code, verifier):
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": op.redirect_uri}
    headers = {"Authorization": op.authorization, "Content-Type": FORM}
    status, _, content = browser.send(
        "POST", op.token, urlencode({**form, "code_verifier": verifier}), headers
    )
    if status != 200:
        raise RuntimeError(f"token endpoint: {status} {content[:300]!r}")
    return json.loads(content)


def load(op, *, seconds, threads=4):
    """Run flows with a fresh browser each; return (flows, requests per flow), or RuntimeError."""
    done, failed, requests, end = [], [], [], time.perf_counter() + seconds

    def work():
        connections = {}
        while time.perf_counter() < end:
            browser = Browser(connections)
            try:
                run(browser, op)
            except (RuntimeError, OSError, KeyError) as error:
                failed.append(repr(error))
                return
            done.append(1)
            requests.append(browser.requests)

    workers = [threading.Thread(target=work) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if failed or not done:
        raise RuntimeError(f"flows failed: {failed[:3]}")
    return len(done), sum(requests) / len(requests)

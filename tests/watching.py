"""Watch a browser's tabs: each of our pages must be accessible and keep its policy.

watched = Watched(context, base); await watched.begin(); tab = await context.new_page()
await watched.look(tab)      # axe-core, on the page as it is now
watched.assert_clean()
"""

from pathlib import Path

AXE = Path(__file__).parent / "interop/node_modules/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_LISTEN = """
addEventListener("securitypolicyviolation",
  (told) => violated(`${location.pathname}: ${told.effectiveDirective} ${told.blockedURI} ${told.sample}`));
"""


class Watched:
    """Gathers what a browser context complains of on pages of `base`."""

    def __init__(self, context, base):
        self.context, self.base = context, base
        self.violations, self.told, self.seen = [], [], []

    async def begin(self):
        """Listen; to be called before the context's first page."""
        await self.context.expose_function("violated", self._violated)
        await self.context.add_init_script(_LISTEN)
        self.context.on("console", self._hear)
        self.context.on("weberror", lambda told: self.told.append(str(told.error)))

    def _violated(self, told):
        self.violations.append(told)

    def _hear(self, message):
        # A refusal's status is no complaint about the page.
        if message.type in {"error", "warning"} and "Failed to load resource" not in message.text:
            self.told.append(message.text)

    async def look(self, tab):
        """Run axe-core on our page; return its heading."""
        assert tab.url.startswith(self.base), tab.url
        await tab.evaluate(AXE.read_text())
        found = await tab.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
        heading = await tab.inner_text("h1")
        self.seen.append(heading)
        problems = [(heading, v["id"], [n["html"] for n in v["nodes"]]) for v in found["violations"]]
        assert problems == []
        return heading

    def assert_clean(self):
        """Nothing was blocked, nothing broke."""
        assert (self.violations, self.told) == ([], [])

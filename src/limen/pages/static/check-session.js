// OpenID Connect Session Management §3.2: say whether the browser state a session_state was made from still holds.
const cookie = document.currentScript.dataset.cookie;

const browserState = () =>
  document.cookie.split("; ").find((pair) => pair.startsWith(`${cookie}=`))?.slice(cookie.length + 1) ?? "";

const digest = async (text) =>
  [...new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)))]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");

const judge = async (message, origin) => {
  const [, clientId, hash, salt] = /^(\S+) (\S+)\.(\S+)$/.exec(message) ?? [];
  if (!salt) return "error";
  const expected = await digest(`${clientId} ${origin} ${browserState()} ${salt}`);
  return expected === hash ? "unchanged" : "changed";
};

addEventListener("message", async ({ data, origin, source }) => {
  if (source) source.postMessage(await judge(String(data), origin), origin);
});

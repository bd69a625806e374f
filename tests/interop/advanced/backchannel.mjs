// openid-client: CIBA, polling and pinged; the person approves in a browser, or does not.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import * as client from "openid-client";
import { Browser } from "../browser.mjs";
import { issuer, key, kid, secret } from "./setup.mjs";

const browser = new Browser();
const polling = await client.discovery(issuer, "ciba-poll", {}, client.ClientSecretBasic(secret));
const asked = { scope: "openid email", login_hint: "alice", binding_message: "W4SCT" };

// The person finds the request in the list, reads the message that the client shows as well, and approves.
{
  const waiting = await client.initiateBackchannelAuthentication(polling, asked);
  const polled = client.pollBackchannelAuthenticationGrant(polling, waiting);
  await browser.approve(new URL("approve", `${issuer.href}`), "W4SCT");
  const tokens = await polled;
  const { sub } = tokens.claims();
  assert.equal((await client.fetchUserInfo(polling, tokens.access_token, sub)).email, "alice@id.test");
  await assert.rejects(client.pollBackchannelAuthenticationGrant(polling, waiting), { error: "invalid_grant" });
}

// No.
{
  const waiting = await client.initiateBackchannelAuthentication(polling, asked);
  const refused = assert.rejects(client.pollBackchannelAuthenticationGrant(polling, waiting), { error: "access_denied" });
  await browser.approve(new URL("approve", `${issuer.href}`), "W4SCT", { allow: false });
  await refused;
}

// By a signed request.
{
  const auth = client.PrivateKeyJwt({ key: await key("es256"), kid: kid("es256") });
  const signing = await client.discovery(issuer, "ciba-signed", {}, auth);
  const { SignJWT } = await import("jose");
  const request = await new SignJWT(asked)
    .setProtectedHeader({ alg: "ES256", kid: kid("es256") })
    .setIssuer("ciba-signed").setAudience(signing.serverMetadata().issuer).setIssuedAt().setNotBefore("0s")
    .setExpirationTime("1m").setJti(client.randomNonce())
    .sign(await key("es256"));
  const waiting = await client.initiateBackchannelAuthentication(signing, { request });
  const polled = client.pollBackchannelAuthenticationGrant(signing, waiting);
  await browser.approve(new URL("approve", `${issuer.href}`), "W4SCT");
  assert.ok((await polled).claims().sub);
  await assert.rejects(client.initiateBackchannelAuthentication(signing, asked), { error: "invalid_request" });
}

// Pinged: the client waits to be told, then comes once.
{
  let told;
  const ping = new Promise((resolve) => (told = resolve));
  const server = createServer(async (incoming, answer) => {
    let body = "";
    for await (const part of incoming) body += part;
    answer.writeHead(204).end();
    told([incoming.headers.authorization, JSON.parse(body)]);
  }).listen(Number(process.env.PORT), "127.0.0.1");
  const config = await client.discovery(issuer, "ciba-ping", {}, client.ClientSecretBasic(secret));
  const client_notification_token = client.randomNonce();
  const waiting = await client.initiateBackchannelAuthentication(config, { ...asked, client_notification_token });
  await browser.approve(new URL("approve", `${issuer.href}`), "W4SCT");
  const [authorization, body] = await ping;
  assert.equal(authorization, `Bearer ${client_notification_token}`);
  assert.deepEqual(body, { auth_req_id: waiting.auth_req_id });
  const tokens = await client.genericGrantRequest(config, "urn:openid:params:grant-type:ciba", {
    auth_req_id: waiting.auth_req_id,
  });
  assert.ok(tokens.claims().sub);
  server.close();
  server.closeAllConnections();
}

await assert.rejects(client.initiateBackchannelAuthentication(polling, { ...asked, login_hint: "nobody" }), {
  error: "unknown_user_id",
});
console.log("done");

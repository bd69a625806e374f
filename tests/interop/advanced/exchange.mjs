// openid-client: a back end exchanges the token it was called with for a narrower one (RFC 8693).
import assert from "node:assert/strict";
import { decodeJwt } from "jose";
import * as client from "openid-client";
import { Browser } from "../browser.mjs";
import { issuer, redirect_uri, secret } from "./setup.mjs";

const grant = "urn:ietf:params:oauth:grant-type:token-exchange";
const type = (name) => `urn:ietf:params:oauth:token-type:${name}`;
const front = await client.discovery(issuer, "jwt-es256", {}, client.ClientSecretBasic(secret));
const back = await client.discovery(issuer, "exchanger", {}, client.ClientSecretBasic(secret));

const pkceCodeVerifier = client.randomPKCECodeVerifier();
const callback = await new Browser().visit(client.buildAuthorizationUrl(front, {
  redirect_uri,
  scope: "openid email profile",
  code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
  code_challenge_method: "S256",
}));
const tokens = await client.authorizationCodeGrant(front, callback, { pkceCodeVerifier });
const { sub } = tokens.claims();
const subject = { subject_token: tokens.access_token, subject_token_type: type("access_token") };

// The back end becomes the person, for one API, with less scope.
const narrow = await client.genericGrantRequest(back, grant, { ...subject, audience: "https://api.test/", scope: "email" });
assert.equal(narrow.issued_token_type, type("access_token"));
assert.ok(!narrow.refresh_token);
const claims = decodeJwt(narrow.access_token);
assert.deepEqual([claims.sub, claims.aud, claims.scope, claims.client_id], [sub, "https://api.test/", "email", "exchanger"]);
assert.ok(claims.exp <= decodeJwt(tokens.access_token).exp);

// It acts for the person, and the token says so.
const own = await client.clientCredentialsGrant(back);
const acting = await client.genericGrantRequest(back, grant, {
  ...subject,
  actor_token: own.access_token,
  actor_token_type: type("access_token"),
  audience: "https://api.test/",
});
assert.deepEqual(decodeJwt(acting.access_token).act, { sub: "exchanger" });
assert.deepEqual((await client.tokenIntrospection(back, acting.access_token)).act, { sub: "exchanger" });

const refused = (more, error) =>
  assert.rejects(client.genericGrantRequest(back, grant, { ...subject, ...more }), { error });
await refused({ audience: "https://other.test/" }, "invalid_target");
await refused({ audience: "https://api.test/", scope: "email phone" }, "invalid_scope");
await refused({ subject_token: "nonsense" }, "invalid_request");
await assert.rejects(client.genericGrantRequest(front, grant, subject), { error: "unauthorized_client" });

// What was made of a token dies with it.
await client.tokenRevocation(front, tokens.refresh_token);
assert.deepEqual(await client.tokenIntrospection(back, narrow.access_token), { active: false });
await refused({ audience: "https://api.test/" }, "invalid_request");
console.log("done");

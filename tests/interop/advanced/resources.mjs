// openid-client: rich authorization requests (RFC 9396), resource indicators (RFC 8707), claims, pairwise subjects.
import assert from "node:assert/strict";
import { decodeJwt } from "jose";
import * as client from "openid-client";
import { Browser } from "../browser.mjs";
import { issuer, redirect_uri, secret } from "./setup.mjs";

const [api, files] = ["https://api.test/", "https://files.test/"];
const configured = (id) => client.discovery(issuer, id, {}, client.ClientSecretBasic(secret));

async function signIn(config, more, browser = new Browser()) {
  const pkceCodeVerifier = client.randomPKCECodeVerifier();
  const parameters = new URLSearchParams({
    redirect_uri,
    scope: "openid",
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: "S256",
  });
  for (const [name, value] of Object.entries(more)) {
    parameters.delete(name);
    for (const each of [value].flat()) parameters.append(name, each);
  }
  const callback = await browser.visit(client.buildAuthorizationUrl(config, parameters));
  return client.authorizationCodeGrant(config, callback, { pkceCodeVerifier });
}

// What was asked for in detail is in the answer, the token and introspection; a refresh may ask for less.
{
  const config = await configured("jwt-es256");
  const details = [
    { type: "payment", amount: "12.50", currency: "EUR", actions: ["initiate", "status"], locations: [api] },
  ];
  const tokens = await signIn(config, { authorization_details: JSON.stringify(details) });
  assert.deepEqual(tokens.authorization_details, details);
  assert.deepEqual(decodeJwt(tokens.access_token).authorization_details, details);
  assert.deepEqual((await client.tokenIntrospection(config, tokens.access_token)).authorization_details, details);
  const less = [{ ...details[0], actions: ["status"] }];
  const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token, {
    authorization_details: JSON.stringify(less),
  });
  assert.deepEqual(refreshed.authorization_details, less);
  await assert.rejects(
    client.refreshTokenGrant(config, tokens.refresh_token, {
      authorization_details: JSON.stringify([{ ...details[0], amount: "99.00" }]),
    }),
    { error: "invalid_authorization_details" },
  );
  await assert.rejects(signIn(config, { authorization_details: '[{"type":"unknown"}]' }), {
    error: "invalid_authorization_details",
  });
}

// One sign-in, tokens for each API; nothing for an API that was not asked for.
{
  const config = await configured("jwt-es256");
  const tokens = await signIn(config, { resource: [api, files] });
  assert.deepEqual(decodeJwt(tokens.access_token).aud, [api, files]);
  for (const resource of [api, files]) {
    const one = await client.refreshTokenGrant(config, tokens.refresh_token, { resource });
    assert.equal(decodeJwt(one.access_token).aud, resource);
  }
  const refused = client.refreshTokenGrant(config, tokens.refresh_token, { resource: "https://other.test/" });
  await assert.rejects(refused, { error: "invalid_target" });
  await assert.rejects(signIn(config, { resource: "https://other.test/" }), { error: "invalid_target" });
}

// Single claims, without the scopes they belong to.
{
  const config = await configured("requests");
  const claims = { id_token: { email: { essential: true }, auth_time: null }, userinfo: { phone_number: null } };
  const tokens = await signIn(config, { claims: JSON.stringify(claims) });
  const told = tokens.claims();
  assert.equal(told.email, "alice@id.test");
  assert.ok(told.auth_time);
  const userinfo = await client.fetchUserInfo(config, tokens.access_token, told.sub);
  assert.deepEqual(Object.keys(userinfo).sort(), ["phone_number", "sub"]);
  // Insisting on somebody else leads to nobody.
  const other = { id_token: { sub: { value: "somebody-else" } } };
  await assert.rejects(signIn(config, { claims: JSON.stringify(other), prompt: "none" }), { error: "login_required" });
}

// Each sector knows a person by a name of its own, the same every time and everywhere.
{
  const [one, two] = [await configured("pairwise"), await configured("pairwise-other")];
  const first = await signIn(one, {});
  const { sub } = first.claims();
  assert.equal((await signIn(one, {})).claims().sub, sub);
  assert.equal((await client.fetchUserInfo(one, first.access_token, sub)).sub, sub);
  assert.equal((await client.refreshTokenGrant(one, first.refresh_token)).claims().sub, sub);
  assert.equal((await client.tokenIntrospection(one, first.access_token)).sub, sub);
  const others = (await signIn(two, { redirect_uri: "https://other.test/cb" })).claims().sub;
  assert.notEqual(others, sub);
  assert.notEqual((await signIn(await configured("requests"), {})).claims().sub, sub);
  const hinted = await signIn(one, { id_token_hint: first.id_token });
  assert.equal(hinted.claims().sub, sub);
}
console.log("done");

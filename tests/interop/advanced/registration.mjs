// openid-client registers clients by itself, and each signs in as it registered.
import assert from "node:assert/strict";
import * as client from "openid-client";
import { Browser } from "../browser.mjs";
import { issuer, key, kid, redirect_uri } from "./setup.mjs";

async function signsIn(config, options) {
  const checks = { pkceCodeVerifier: client.randomPKCECodeVerifier(), expectedState: client.randomState() };
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri,
    scope: "openid email",
    state: checks.expectedState,
    code_challenge: await client.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
    code_challenge_method: "S256",
  });
  const tokens = await client.authorizationCodeGrant(config, await new Browser().visit(url), checks, undefined, options);
  const { sub } = tokens.claims();
  assert.equal((await client.fetchUserInfo(config, tokens.access_token, sub, options)).email, "alice@id.test");
}

const common = { redirect_uris: [redirect_uri], client_name: "Newcomer", grant_types: ["authorization_code", "refresh_token"] };
const { d, ...publicKey } = await exported("es256");

for (const [metadata, auth] of [
  [{}, undefined],
  [{ token_endpoint_auth_method: "client_secret_post" }, undefined],
  [{ token_endpoint_auth_method: "none" }, client.None()],
  [
    { token_endpoint_auth_method: "private_key_jwt", jwks: { keys: [publicKey] }, id_token_signed_response_alg: "ES256" },
    client.PrivateKeyJwt({ key: await key("es256"), kid: kid("es256") }),
  ],
]) {
  const config = await client.dynamicClientRegistration(issuer, { ...common, ...metadata }, auth && auth);
  const registered = config.clientMetadata();
  assert.equal(registered.client_name, "Newcomer");
  const { client_secret, token_endpoint_auth_method: method } = registered;
  assert.equal(Boolean(client_secret), method.startsWith("client_secret"));
  const proves = { client_secret_basic: client.ClientSecretBasic, client_secret_post: client.ClientSecretPost }[method];
  const ready = proves
    ? await client.discovery(issuer, registered.client_id, registered, proves(client_secret))
    : config;
  await signsIn(ready);

  // RFC 7592: it reads, changes and removes itself.
  const { registration_client_uri: uri, registration_access_token: token } = registered;
  const ask = (method, token, body) =>
    fetch(uri, { method, headers: { authorization: `Bearer ${token}`, "content-type": "application/json" }, body });
  const read = await (await ask("GET", token)).json();
  assert.equal(read.client_id, registered.client_id);
  const { registration_access_token, registration_client_uri, client_secret_expires_at, client_id_issued_at, ...own } = read;
  const put = await ask("PUT", registration_access_token ?? token, JSON.stringify({ ...own, client_name: "Renamed" }));
  assert.equal(put.status, 200, await put.clone().text());
  const changed = await put.json();
  assert.equal(changed.client_name, "Renamed");
  assert.equal((await ask("DELETE", changed.registration_access_token ?? registration_access_token ?? token)).status, 204);
  const url = client.buildAuthorizationUrl(ready, { redirect_uri, scope: "openid" });
  assert.equal((await new Browser().visit(url)).origin, issuer.origin);
}

const refused = (metadata, error) =>
  assert.rejects(client.dynamicClientRegistration(issuer, { ...common, ...metadata }), { error });
await refused({ redirect_uris: ["http://app.test/cb"] }, "invalid_redirect_uri");
await refused({ token_endpoint_auth_method: "private_key_jwt" }, "invalid_client_metadata");
await refused({ id_token_signed_response_alg: "none" }, "invalid_client_metadata");

async function exported(name) {
  const { readFileSync } = await import("node:fs");
  return JSON.parse(readFileSync(`${process.env.FOLDER}/keys.json`))[name];
}
console.log("done");

// openid-client: PAR, request objects by value, pushed and encrypted, and JARM, signed and encrypted.
import assert from "node:assert/strict";
import { CompactEncrypt, createRemoteJWKSet, decodeProtectedHeader } from "jose";
import * as client from "openid-client";
import { Browser } from "../browser.mjs";
import { asked, issuer, key, kid, redirect_uri, secret } from "./setup.mjs";

const browser = new Browser();
const configured = (id, metadata = {}) =>
  client.discovery(issuer, id, metadata, client.ClientSecretBasic(secret));

async function signsIn(config, url, checks) {
  const callback = await browser.visit(url);
  const tokens = await client.authorizationCodeGrant(config, callback, checks);
  const { sub } = tokens.claims();
  assert.equal((await client.fetchUserInfo(config, tokens.access_token, sub)).sub, sub);
  return callback;
}

const signing = { key: await key("es256"), kid: kid("es256") };

// Pushed; a pushed request works once.
{
  const config = await configured("requests");
  const [parameters, checks] = await asked();
  const url = await client.buildAuthorizationUrlWithPAR(config, parameters);
  assert.deepEqual([...url.searchParams.keys()].sort(), ["client_id", "request_uri"]);
  await signsIn(config, url, checks);
  assert.equal((await browser.visit(url)).origin, issuer.origin);
  await assert.rejects(client.buildAuthorizationUrlWithPAR(config, { ...parameters, redirect_uri: "https://evil.test" }), {
    error: "invalid_request",
  });
}

// A client that must push is refused when it does not.
{
  const config = await configured("must-push");
  const [parameters, checks] = await asked();
  const refused = await browser.visit(client.buildAuthorizationUrl(config, parameters));
  assert.equal(refused.searchParams.get("error"), "invalid_request");
  await signsIn(config, await client.buildAuthorizationUrlWithPAR(config, parameters), checks);
}

// Signed request objects with each kind of key: by value, then pushed, then encrypted to the server.
for (const name of ["es256", "ps256", "eddsa"]) {
  const config = await configured("requests");
  const by = { key: await key(name), kid: kid(name) };
  const [parameters, checks] = await asked({ max_age: "300", claims: JSON.stringify({ userinfo: { name: null } }) });
  const url = await client.buildAuthorizationUrlWithJAR(config, parameters, by);
  await signsIn(config, url, { ...checks, maxAge: 300 });

  const [again, its] = await asked();
  const signed = (await client.buildAuthorizationUrlWithJAR(config, again, by)).searchParams.get("request");
  await signsIn(config, await client.buildAuthorizationUrlWithPAR(config, { request: signed }), its);
}
for (const [alg, enc] of [["RSA-OAEP-256", "A256GCM"], ["ECDH-ES", "A128CBC-HS256"], ["ECDH-ES+A256KW", "A256CBC-HS512"]]) {
  const config = await configured("requests");
  const jwks = createRemoteJWKSet(new URL(config.serverMetadata().jwks_uri));
  await jwks({ alg: "ES256" }).catch(() => {});
  const kty = alg.startsWith("RSA") ? "RSA" : "EC";
  const published = jwks.jwks().keys.find((each) => each.use === "enc" && each.kty === kty);
  for (const pushed of [false, true]) {
    const [parameters, checks] = await asked();
    const signed = (await client.buildAuthorizationUrlWithJAR(config, parameters, signing)).searchParams.get("request");
    const request = await new CompactEncrypt(new TextEncoder().encode(signed))
      .setProtectedHeader({ alg, enc, kid: published.kid, cty: "oauth-authz-req+jwt" })
      .encrypt({ ...published, alg });
    const build = pushed ? client.buildAuthorizationUrlWithPAR : client.buildAuthorizationUrl;
    await signsIn(config, await build(config, { request }), checks);
  }
}

// A client that must sign is refused when it does not, or when another signs.
{
  const config = await configured("must-sign");
  const [parameters, checks] = await asked();
  await signsIn(config, await client.buildAuthorizationUrlWithJAR(config, parameters, signing), checks);
  const plain = await browser.visit(client.buildAuthorizationUrl(config, parameters));
  assert.equal(plain.searchParams.get("error"), "invalid_request");
  const stranger = { key: await key("stranger"), kid: kid("es256") };
  const forged = await client.buildAuthorizationUrlWithJAR(config, parameters, stranger);
  assert.equal((await browser.visit(forged)).searchParams.get("error"), "invalid_request_object");
}

// JARM: signed, and encrypted to the client; also for refusals.
for (const [id, decrypts] of [["jarm", null], ["jarm-encrypted", ["rsa", "RSA-OAEP-256", "A256GCM"]]]) {
  const config = await configured(id, { authorization_signed_response_alg: "ES256" });
  client.useJwtResponseMode(config);
  if (decrypts) {
    const [name, alg, enc] = decrypts;
    client.enableDecryptingResponses(config, [enc], { key: await key(name, alg), alg, kid: kid(name) });
  }
  const [parameters, checks] = await asked();
  const callback = await signsIn(config, client.buildAuthorizationUrl(config, parameters), checks);
  assert.deepEqual([...callback.searchParams.keys()], ["response"]);
  assert.equal("enc" in decodeProtectedHeader(callback.searchParams.get("response")), Boolean(decrypts));

  const [more, its] = await asked({ prompt: "none", id_token_hint: "nonsense" });
  const refused = await browser.visit(client.buildAuthorizationUrl(config, more));
  await assert.rejects(client.authorizationCodeGrant(config, refused, its), { error: "invalid_request" });
}
console.log("done");

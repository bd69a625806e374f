// Resource servers check JWT access tokens by themselves: oauth4webapi's check, and jose's.
import assert from "node:assert/strict";
import { createRemoteJWKSet, jwtVerify } from "jose";
import * as oauth from "oauth4webapi";
import { issuer, secret } from "./setup.mjs";

const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer));
const auth = oauth.ClientSecretBasic(secret);
const api = "https://api.test/";
const jwks = createRemoteJWKSet(new URL(as.jwks_uri));

async function token(client, more = {}, options = {}) {
  const answer = await oauth.clientCredentialsGrantRequest(as, client, auth, more, options);
  return (await oauth.processClientCredentialsResponse(as, client, answer)).access_token;
}

for (const alg of ["es256", "rs256"]) {
  const client = { client_id: `jwt-${alg}` };
  const jwt = await token(client, { resource: api });
  const { payload, protectedHeader } = await jwtVerify(jwt, jwks, {
    issuer: as.issuer, audience: api, typ: "at+jwt", algorithms: [alg.toUpperCase()],
  });
  assert.equal(payload.client_id, client.client_id);
  assert.ok(protectedHeader.kid);

  const asked = (headers) => new Request("https://api.test/things", { headers });
  const claims = await oauth.validateJwtAccessToken(as, asked({ authorization: `Bearer ${jwt}` }), api);
  assert.equal(claims.sub, client.client_id);
  await assert.rejects(oauth.validateJwtAccessToken(as, asked({ authorization: `Bearer ${jwt}` }), "https://files.test/"));
  await assert.rejects(oauth.validateJwtAccessToken(as, asked({ authorization: `Bearer ${jwt}` }), api, { requireDPoP: true }));

  // Bound by DPoP, and shown with a proof at the API.
  const keys = await oauth.generateKeyPair("ES256");
  const bound = await token(client, { resource: api }, { DPoP: oauth.DPoP(client, keys) });
  let sent;
  const server = (url, init) => {
    sent = new Request(url, init);
    return new Response("{}");
  };
  await oauth.protectedResourceRequest(bound, "GET", new URL("https://api.test/things"), new Headers(), null, {
    DPoP: oauth.DPoP(client, keys), [oauth.customFetch]: server,
  });
  const proven = await oauth.validateJwtAccessToken(as, sent, api, { requireDPoP: true });
  assert.ok(proven.cnf.jkt);
  await assert.rejects(oauth.validateJwtAccessToken(as, asked({ authorization: `Bearer ${bound}` }), api));
}
console.log("done");

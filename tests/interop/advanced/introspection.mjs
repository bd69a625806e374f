// oauth4webapi and openid-client: introspection as plain JSON and as a signed JWT (RFC 9701), then revocation.
import assert from "node:assert/strict";
import * as oauth from "oauth4webapi";
import * as client from "openid-client";
import { issuer, secret } from "./setup.mjs";

const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer));
const auth = oauth.ClientSecretBasic(secret);
const app = { client_id: "jwt-es256" };
const fresh = async () =>
  oauth.processClientCredentialsResponse(as, app, await oauth.clientCredentialsGrantRequest(as, app, auth, {}));

// Registered to get JWTs: ES256. Not registered, but asked for now: RS256.
for (const [resource, requestJwtResponse] of [
  [{ client_id: "api", introspection_signed_response_alg: "ES256" }, undefined],
  [{ client_id: "dpop" }, true],
  [{ client_id: "dpop" }, false],
]) {
  const { access_token } = await fresh();
  const ask = async (token) => {
    const answer = await oauth.introspectionRequest(as, resource, auth, token, { requestJwtResponse });
    const told = await oauth.processIntrospectionResponse(as, resource, answer);
    const signed = answer.headers.get("content-type").startsWith("application/token-introspection+jwt");
    assert.equal(signed, requestJwtResponse !== false);
    if (signed) await oauth.validateApplicationLevelSignature(as, answer);
    return told;
  };
  const told = await ask(access_token);
  assert.deepEqual([told.active, told.client_id, told.iss], [true, "jwt-es256", as.issuer]);
  assert.deepEqual(await ask("nonsense"), { active: false });

  await oauth.processRevocationResponse(await oauth.revocationRequest(as, app, auth, access_token));
  assert.deepEqual(await ask(access_token), { active: false });
}

const config = await client.discovery(
  issuer, "api", { introspection_signed_response_alg: "ES256" }, client.ClientSecretBasic(secret),
);
client.enableNonRepudiationChecks(config);
const { access_token } = await fresh();
assert.equal((await client.tokenIntrospection(config, access_token)).active, true);

// One may not revoke another's token (RFC 7009 §2.1).
await assert.rejects(client.tokenRevocation(config, access_token), { error: "unauthorized_client" });
assert.equal((await client.tokenIntrospection(config, access_token)).active, true);
console.log("done");

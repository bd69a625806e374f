// openid-client: ID tokens, userinfo and introspection answers, signed and then encrypted to the client.
import assert from "node:assert/strict";
import { compactDecrypt, decodeProtectedHeader } from "jose";
import * as client from "openid-client";
import { Browser } from "../browser.mjs";
import { issuer, key, kid, redirect_uri, secret } from "./setup.mjs";

for (const [name, id, alg, enc] of [
  ["rsa", "encrypted-rsa", "RSA-OAEP-256", "A256GCM"],
  ["ec", "encrypted-ec", "ECDH-ES", "A128CBC-HS256"],
]) {
  const metadata = { introspection_signed_response_alg: "ES256", userinfo_signed_response_alg: "ES256" };
  const config = await client.discovery(issuer, id, metadata, client.ClientSecretBasic(secret));
  client.enableDecryptingResponses(config, [enc], { key: await key(name, alg), alg, kid: kid(name) });
  client.enableNonRepudiationChecks(config);
  const [pkceCodeVerifier, expectedNonce] = [client.randomPKCECodeVerifier(), client.randomNonce()];
  const callback = await new Browser().visit(client.buildAuthorizationUrl(config, {
    redirect_uri,
    scope: "openid email",
    nonce: expectedNonce,
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: "S256",
  }));
  const tokens = await client.authorizationCodeGrant(config, callback, { pkceCodeVerifier, expectedNonce });
  const header = decodeProtectedHeader(tokens.id_token);
  assert.deepEqual([header.alg, header.enc, header.cty, header.kid], [alg, enc, "JWT", kid(name)]);
  const { plaintext } = await compactDecrypt(tokens.id_token, await key(name, alg));
  assert.equal(new TextDecoder().decode(plaintext).split(".").length, 3);

  const { sub } = tokens.claims();
  const userinfo = await client.fetchUserInfo(config, tokens.access_token, sub);
  assert.deepEqual([userinfo.email, userinfo.iss, userinfo.aud], ["alice@id.test", config.serverMetadata().issuer, id]);
  assert.equal((await client.tokenIntrospection(config, tokens.access_token)).sub, sub);
  assert.equal((await client.refreshTokenGrant(config, tokens.refresh_token)).claims().sub, sub);
}
console.log("done");

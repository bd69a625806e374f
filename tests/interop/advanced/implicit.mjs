// openid-client: the ID token, and an access token beside it, in the fragment or a posted form.
import assert from "node:assert/strict";
import { decodeJwt } from "jose";
import * as client from "openid-client";
import { Browser } from "../browser.mjs";
import { issuer, redirect_uri } from "./setup.mjs";

const config = await client.discovery(issuer, "implicit", {}, client.None());
client.useIdTokenResponseType(config);
const browser = new Browser();
for (const response_type of ["id_token", "id_token token"]) {
  for (const response_mode of ["fragment", "form_post"]) {
    const [nonce, state] = [client.randomNonce(), client.randomState()];
    const callback = await browser.visit(client.buildAuthorizationUrl(config, {
      redirect_uri, scope: "openid email", response_type, response_mode, nonce, state, max_age: "300",
    }));
    const told = new URLSearchParams(callback instanceof Request ? await callback.clone().text() : callback.hash.slice(1));
    const claims = await client.implicitAuthentication(config, callback, nonce, { expectedState: state, maxAge: 300 });
    assert.equal(claims.sub, decodeJwt(told.get("id_token")).sub);
    assert.ok(!told.has("code"));
    assert.equal(told.has("access_token"), response_type === "id_token token");
    if (told.has("access_token")) {
      assert.ok(claims.at_hash);
      const userinfo = await client.fetchUserInfo(config, told.get("access_token"), claims.sub);
      assert.equal(userinfo.email, "alice@id.test");
    } else {
      // OIDC Core §5.4: there is no access token to ask userinfo with.
      assert.equal(claims.email, "alice@id.test");
    }
  }
}
console.log("done");

// The peer: oidc-provider with its in-memory adapter, with the same clients, lifetimes and algorithms.
import { generateKeyPairSync } from "node:crypto";
import { Provider } from "oidc-provider";

const port = Number(process.argv[2]);
const issuer = `http://127.0.0.1:${port}`;
const secret = process.env.BENCH_SECRET;
const redirect_uri = "http://127.0.0.1:9/cb";

const jwk = (type, options, more) => ({
  ...generateKeyPairSync(type, options).privateKey.export({ format: "jwk" }),
  use: "sig",
  ...more,
});

const service = (client_id) => ({
  client_id,
  client_secret: secret,
  grant_types: ["client_credentials"],
  response_types: [],
  redirect_uris: [],
});

const provider = new Provider(issuer, {
  clients: [
    service("opaque"),
    service("rs256"),
    service("es256"),
    {
      client_id: "web",
      client_secret: secret,
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      redirect_uris: [redirect_uri],
      id_token_signed_response_alg: "RS256",
    },
  ],
  jwks: {
    keys: [
      jwk("rsa", { modulusLength: 2048 }, { alg: "RS256", kid: "rs" }),
      jwk("ec", { namedCurve: "P-256" }, { alg: "ES256", kid: "es" }),
    ],
  },
  scopes: ["openid", "offline_access", "api"],
  claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
  findAccount: (_, sub) => ({
    accountId: sub,
    claims: () => ({ sub, name: "Jane", email: "jane@example.com", email_verified: true }),
  }),
  issueRefreshToken: async (_, client) => client.grantTypeAllowed("refresh_token"),
  rotateRefreshToken: true,
  pkce: { required: () => true },
  ttl: { AccessToken: 3600, ClientCredentials: 3600, IdToken: 3600, RefreshToken: 86400, AuthorizationCode: 60 },
  cookies: { keys: ["bench"] },
  features: {
    clientCredentials: { enabled: true },
    introspection: { enabled: true },
    revocation: { enabled: true },
    devInteractions: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: (ctx) => {
        const id = ctx.oidc.client?.clientId;
        return id === "rs256" || id === "es256" ? "urn:bench:api" : undefined;
      },
      useGrantedResource: () => true,
      getResourceServerInfo: (ctx) => ({
        scope: "api",
        audience: "urn:bench:api",
        accessTokenFormat: "jwt",
        jwt: { sign: { alg: ctx.oidc.client.clientId === "rs256" ? "RS256" : "ES256" } },
      }),
    },
  },
});

provider.listen(port, "127.0.0.1");

// A provider of identities as others run it. Everybody may sign in with any password; the employee number is "E-" and the login.
//   node provider.mjs PORT REDIRECT_URI
import Provider from "oidc-provider";

const [port, back] = process.argv.slice(2);
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{ client_id: "steward", client_secret: "a secret with / and +", redirect_uris: [back], grant_types: ["authorization_code"], response_types: ["code"] }],
  claims: { openid: ["sub"], profile: ["name", "employee_number"] },
  findAccount: (_, id) => ({ accountId: id, claims: async () => ({ sub: id, name: id, employee_number: `E-${id}` }) }),
  cookies: { keys: ["a key for the cookies of a test"] },
  features: { devInteractions: { enabled: true } },
});
provider.listen(Number(port), "127.0.0.1", () => console.log("ready"));

// facebook-nodejs-business-sdk: the app's subscriptions, the Page's, and what tools do around them.
const { given, load, step } = require("./report.cjs");
const sdk = load("facebook-nodejs-business-sdk");

Object.defineProperty(sdk.FacebookAdsApi, "GRAPH", { get: () => given.base_url });

const api = (token) => new sdk.FacebookAdsApi(token, "en_US", false);
const asApp = api(`${given.app_id}|${given.app_secret}`);
const asPage = api(given.page_token);
const asUser = api(given.user_token);
const of = (kind, id, as) => new kind(id, {}, undefined, as);
const app = of(sdk.Application, given.app_id, asApp);
const page = of(sdk.Page, given.page_id, asPage);
const subscription = {
  object: "page",
  callback_url: given.callback_url,
  verify_token: given.verify_token,
  fields: ["feed", "messages"],
  include_values: true,
};
const listed = async () => [...(await app.getSubscriptions([], {}))];

async function main() {
  await step("app: name by fields", async () => Boolean((await app.get(["name"])).name));
  await step("subscriptions: create with fields as JSON, list", async () => {
    await app.createSubscription([], { ...subscription });
    const [found] = await listed();
    return found.fields.map((field) => field.name).join() === "feed,messages";
  });
  await step("subscriptions: delete one object", async () => {
    await app.deleteSubscriptions({ object: "page" });
    return (await listed()).length === 0;
  });
  await step("subscribed_apps: install with fields as JSON, list", async () => {
    await page.createSubscribedApp([], { subscribed_fields: ["feed", "messages"] });
    const [found] = await page.getSubscribedApps(["id", "subscribed_fields"], {});
    return found.subscribed_fields.join() === "feed,messages";
  });
  await step("a failed handshake is error 2200", async () => {
    try {
      await app.createSubscription([], { ...subscription, verify_token: "wrong" });
    } catch (error) {
      return error.response.code === 2200;
    }
    return false;
  });
  await step("page: access_token, category", async () => (await page.get(["access_token", "category"])).category !== undefined);
  await step("me/accounts with the user token", async () => {
    const [found] = await of(sdk.User, "me", asUser).getAccounts(["id", "access_token"], {});
    return found.access_token === given.page_token;
  });
  await step("batch of two, one of them failing", async () => {
    const told = [];
    const batch = new sdk.FacebookAdsApiBatch(asPage);
    batch.add("GET", [given.page_id], { fields: "name" }, null, (answer) => told.push(answer.body?.id ?? JSON.parse(answer._body).id));
    batch.add("GET", ["42"], null, null, null, () => told.push("failed"));
    await batch.execute();
    return told.join() === `${given.page_id},failed`;
  });
  await step("GET /?ids=a,b", async () => {
    const found = await sdk.Page.getByIds([given.page_id, given.app_id], ["name"], {}, asPage);
    const ids = found.map((one) => one.id.id); // it takes each answer for an id
    return ids.sort().join() === [given.page_id, given.app_id].sort().join();
  });
  await step("POST ?method=delete", async () => {
    await asApp.call("POST", [given.page_id, "subscribed_apps"], { method: "delete" });
    return [...(await page.getSubscribedApps(["id"], {}))].length === 0;
  });
}

main();

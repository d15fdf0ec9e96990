// messaging-api-messenger: what it asks of the Graph API before and around a bot.
const { given, load, sandbox, step } = require("./report.cjs");
const { MessengerClient, MessengerBatch } = load("messaging-api-messenger");

const client = new MessengerClient({
  origin: given.base_url,
  version: "25.0",
  accessToken: given.page_token,
  appId: given.app_id,
  appSecret: given.app_secret,
});
const appToken = `${given.app_id}|${given.app_secret}`;

async function main() {
  await step("page info", async () => (await client.getPageInfo()).id === given.page_id);
  await step("debugToken(), proof of the Page token", async () => (await client.debugToken()).type === "PAGE");
  await step("subscriptions: create", async () => {
    const answer = await client.createSubscription({
      callbackUrl: given.callback_url,
      verifyToken: given.verify_token,
      accessToken: appToken,
    });
    return answer.success;
  });
  await step("subscriptions: list", async () => {
    const found = await client.getPageSubscription({ accessToken: appToken });
    return found.object === "page" && found.fields.length > 0;
  });
  await step("subscribed_apps", async () => {
    const { data } = await client.axios.post(`/${given.page_id}/subscribed_apps?access_token=${given.page_token}`, {
      subscribedFields: "messages",
    });
    return data.success;
  });
  await step("batch, one of two failing", async () => {
    const answers = await client.sendBatch([
      { method: "GET", relativeUrl: "me?fields=name" },
      { method: "GET", relativeUrl: "42" },
    ]);
    return answers.map((answer) => answer.code).join() === "200,400" && answers[0].body.id === given.page_id;
  });
  await sandbox("knobs", { strict_debug_proof: true });
  await step("debugToken() is refused where the proof must be of the app token", async () => {
    try {
      await client.debugToken();
    } catch (error) {
      return /appsecret_proof/.test(error.message + JSON.stringify(error.response?.data));
    }
    return false;
  });
}

main();

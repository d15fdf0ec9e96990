// @great-detail/whatsapp: an account's subscription with a callback of its own, read back, and its numbers.
const { given, load, step } = require("./report.cjs");

async function main() {
  const { default: Client } = await import(`${process.cwd()}/node_modules/@great-detail/whatsapp/dist/index.js`);
  const headers = { Authorization: `Bearer ${given.user_token}` };
  const sdk = new Client({ baseUrl: given.base_url, request: { headers, retry: 0 } });
  const businessAccountID = given.waba_id;
  const callback = { override_callback_uri: given.callback_url, verify_token: given.verify_token };

  await step("subscribed_apps: create with a callback", async () => {
    return (await sdk.subscribedApps.createSubscription({ businessAccountID, ...callback }).json()).success === true;
  });
  await step("subscribed_apps: list", async () => {
    const { data } = await sdk.subscribedApps.listSubscriptions({ businessAccountID }).json();
    return data.length === 1 && data[0].override_callback_uri === given.callback_url;
  });
  await step("a wrong verify token is error 2200", async () => {
    const answer = await sdk.subscribedApps
      .createSubscription({ businessAccountID, ...callback, verify_token: "wrong", request: { throwHttpErrors: false } })
      .json();
    return answer.error.code === 2200;
  });
  await step("phone_numbers", async () => {
    const { data } = await sdk.phoneNumbers.listPhoneNumbers({ businessAccountID }).json();
    return data.some((number) => number.id === given.phone_number_id);
  });
  await step("a phone number by fields", async () => {
    const fields = ["id", "display_phone_number"];
    const number = await sdk.phoneNumbers.getPhoneNumber({ phoneNumberID: given.phone_number_id, fields }).json();
    return Object.keys(number).sort().join() === "display_phone_number,id";
  });
  await step("the account by fields", async () => {
    const account = await sdk.whatsappBusinessAccount.get(businessAccountID, { fields: ["id", "name"] }).json();
    return Object.keys(account).sort().join() === "id,name";
  });
  await step("the dashboard's version answers, as no call names one", async () => {
    const answer = await sdk.subscribedApps.listSubscriptions({ businessAccountID });
    return /^v\d+\.0$/.test(answer.headers.get("facebook-api-version"));
  });
}

main();

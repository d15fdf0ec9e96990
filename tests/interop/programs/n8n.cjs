// n8n: what its three triggers do when a workflow is switched on, gets an event, and is switched off again.
const http = require("node:http");
const { given, load, sandbox, step } = require("./report.cjs");
const nodes = "./node_modules/n8n-nodes-base/dist/nodes";
const { FacebookTrigger } = load(`${nodes}/Facebook/FacebookTrigger.node.js`);
const { FacebookLeadAdsTrigger } = load(`${nodes}/FacebookLeadAds/FacebookLeadAdsTrigger.node.js`);
const { WhatsAppTrigger } = load(`${nodes}/WhatsApp/WhatsAppTrigger.node.js`);

async function read(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Send a request as n8n's helpers do: qs, a form or a JSON body, and an error for what is not 2xx. */
function request(options) {
  const url = new URL((options.uri ?? options.url).replace("https://graph.facebook.com", given.base_url));
  for (const [name, value] of Object.entries(options.qs ?? {})) {
    if (value !== undefined) url.searchParams.set(name, value);
  }
  const headers = { ...options.headers };
  let body = "";
  if (options.form) {
    body = new URLSearchParams(options.form).toString();
    headers["content-type"] = "application/x-www-form-urlencoded";
  } else if (options.body && Object.keys(options.body).length > 0) {
    body = JSON.stringify(options.body);
    headers["content-type"] = "application/json";
  }
  headers["content-length"] = Buffer.byteLength(body);
  return new Promise((resolve, reject) => {
    const sent = http.request(url, { method: options.method, headers }, async (answer) => {
      const text = (await read(answer)).toString();
      const json = JSON.parse(text);
      if (answer.statusCode < 300) resolve(json);
      else reject(Object.assign(new Error(text), { statusCode: answer.statusCode, error: json }));
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

const asUser = (_, options) =>
  request({ ...options, headers: { ...options.headers, authorization: `Bearer ${given.user_token}` } });
const helpers = {
  request,
  httpRequest: request,
  requestOAuth2: asUser,
  requestWithAuthentication: asUser,
  returnJsonArray: (items) => [items].flat().map((json) => ({ json })),
};

/** A workflow with one trigger, served as n8n serves it. `got` holds what the trigger handed on. */
class Workflow {
  constructor(trigger, credentials, parameters) {
    this.trigger = trigger;
    this.got = [];
    this.base = {
      getNode: () => ({ id: "0a1b2c3d", name: `${trigger.constructor.name}`, type: "trigger", parameters }),
      getCredentials: async () => credentials,
      getNodeParameter: (name, ...rest) => parameters[name] ?? rest.find((value) => typeof value !== "number"),
      getNodeWebhookUrl: () => `http://127.0.0.1:${this.server.address().port}/webhook`,
      helpers,
    };
  }

  async serve(use) {
    this.server = http.createServer((incoming, answer) => this.handle(incoming, answer));
    await new Promise((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    try {
      await use((name) => this.trigger.webhookMethods.default[name].call(this.base));
    } finally {
      this.server.closeAllConnections();
      this.server.close();
    }
  }

  async handle(incoming, answer) {
    const rawBody = await read(incoming);
    const query = Object.fromEntries(new URL(incoming.url, "http://x").searchParams);
    let isAnswered = false;
    const response = {
      status: (code) => Object.assign(response, { code }),
      type: (type) => Object.assign(response, { type_: type }),
      send: (text) => {
        isAnswered = true;
        answer.writeHead(response.code, { "Content-Type": response.type_ });
        answer.end(text);
        return { end: () => undefined };
      },
    };
    const context = {
      ...this.base,
      getWebhookName: () => (incoming.method === "GET" ? "setup" : "default"),
      getQueryData: () => query,
      getHeaderData: () => incoming.headers,
      getBodyData: () => (rawBody.length > 0 ? JSON.parse(rawBody) : {}),
      getRequestObject: () => ({ rawBody }),
      getResponseObject: () => response,
    };
    try {
      const { workflowData } = await this.trigger.webhook.call(context);
      if (workflowData) this.got.push(...workflowData.flat().map((item) => item.json));
    } catch (error) {
      this.error = error;
    }
    if (!isAnswered) answer.writeHead(200).end();
  }
}

const subscribed = async (object) => (await sandbox("state")).subscriptions.find((one) => one.object === object);
const snake = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

async function facebook() {
  const trigger = new FacebookTrigger();
  const objects = trigger.description.properties.find((one) => one.name === "object").options.map((one) => one.value);
  for (const appSecret of ["", given.app_secret]) {
    const credentials = { accessToken: `${given.app_id}|${given.app_secret}`, appSecret };
    const how = appSecret ? "with app secret" : "without app secret";
    await step(`Facebook: all ${objects.length} objects on and off, ${how}`, async () => {
      for (const object of objects) {
        const parameters = { authType: "accessToken", appId: given.app_id, object, fields: ["*"], options: {} };
        await new Workflow(trigger, credentials, parameters).serve(async (call) => {
          if (await call("checkExists")) throw new Error(`${object} was there`);
          await call("create");
          if (!(await subscribed(snake(object)))) throw new Error(`${object} is not there`);
          if (!(await call("delete"))) throw new Error(`${object} cannot be deleted`);
          if (await subscribed(snake(object))) throw new Error(`${object} is still there`);
        });
      }
    });
  }
  const credentials = { accessToken: `${given.app_id}|${given.app_secret}`, appSecret: given.app_secret };
  const parameters = { authType: "accessToken", appId: given.app_id, object: "page", fields: ["feed"], options: {} };
  const workflow = new Workflow(trigger, credentials, parameters);
  await workflow.serve(async (call) => {
    await call("create");
    await step("Facebook: an event, its signature checked", async () => {
      await sandbox("send", { object: "page", field: "feed" });
      return workflow.got[0]?.changes[0].field === "feed";
    });
    await step("Facebook: a forged event is left out", async () => {
      await sandbox("send", { object: "page", field: "feed", fault: "wrong_signature" });
      return workflow.got.length === 1;
    });
    await step("Facebook: finds its own subscription", () => call("checkExists"));
    await call("delete");
  });
}

async function leadAds() {
  const credentials = {
    clientId: given.app_id,
    clientSecret: given.app_secret,
    accessTokenUrl: "https://graph.facebook.com/v21.0/oauth/access_token",
  };
  const workflow = new Workflow(new FacebookLeadAdsTrigger(), credentials, { page: given.page_id, form: "1" });
  await workflow.serve(async (call) => {
    await step("Lead Ads: create, with the Page token by way of the user's", async () => {
      await call("create");
      const { pages } = await sandbox("state");
      return pages[0].installed[given.app_id].join() === "leadgen";
    });
    await step("Lead Ads: finds its own subscription", () => call("checkExists"));
    await step("Lead Ads: an event, its lead and its form read", async () => {
      const value = { page_id: given.page_id, form_id: "1", leadgen_id: "2" };
      await sandbox("send", { object: "page", field: "leadgen", value });
      if (workflow.error) throw workflow.error;
      const [lead] = workflow.got;
      return lead.id === "2" && lead.data.email === "ada@example.com" && lead.form.status === "ACTIVE";
    });
    await step("Lead Ads: delete", async () => (await call("delete")) && !(await subscribed("page")));
  });
}

async function whatsApp() {
  const credentials = { clientId: given.app_id, clientSecret: given.app_secret };
  const updates = ["messages", "account_update"];
  const workflow = new Workflow(new WhatsAppTrigger(), credentials, { updates, options: {} });
  await workflow.serve(async (call) => {
    await step("WhatsApp: create with fields as JSON", async () => {
      if (await call("checkExists")) return false;
      await call("create");
      return (await subscribed("whatsapp_business_account")).fields.length === 2;
    });
    await step("WhatsApp: finds its own subscription", () => call("checkExists"));
    await step("WhatsApp: an event, its signature checked", async () => {
      await sandbox("send", { object: "whatsapp_business_account", field: "messages" });
      return workflow.got[0]?.field === "messages";
    });
    await step("WhatsApp: delete", async () => (await call("delete")) && !(await subscribed("whatsapp_business_account")));
  });
}

facebook().then(leadAds).then(whatsApp);

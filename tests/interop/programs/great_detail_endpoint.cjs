// @great-detail/whatsapp: its webhook behind express, each of its errors answered as what it is, served until it is ended.
const { given, load } = require("./report.cjs");

async function main() {
  const express = load("express");
  const { default: Client } = await import(`${process.cwd()}/node_modules/@great-detail/whatsapp/dist/index.js`);
  const { webhook } = new Client();
  const app = express();

  app.get("/hook", async (request, response) => {
    const registration = await webhook.register(request);
    if (registration.verifyToken !== given.verify_token) return response.sendStatus(403);
    return response.type("text/plain").send(registration.accept());
  });
  app.post("/hook", express.raw({ type: "application/json", limit: "4mb" }), async (request, response) => {
    const { method, query, headers, body } = request;
    const event = await webhook.eventNotification({ method, query, headers, body: body.toString() });
    await event.verifySignature(given.app_secret);
    return response.sendStatus(200);
  });
  app.use((error, _request, response, _next) => {
    const { InvalidHubSignatureWebhookError: Signature, WebhookError: Known } = webhook.errors;
    response.sendStatus(error instanceof Signature ? 401 : error instanceof Known ? 403 : 500);
  });

  const server = app.listen(0, "127.0.0.1", () => {
    process.stdout.write(JSON.stringify({ url: `http://127.0.0.1:${server.address().port}/hook` }) + "\n");
  });
}

main();

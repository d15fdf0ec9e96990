// @kapso/whatsapp-cloud-api: a webhook that checks signatures and reads deliveries with it, served until it is ended.
const { given, load } = require("./report.cjs");

const express = load("express");
const { normalizeWebhook, verifySignature } = load("@kapso/whatsapp-cloud-api/server");
const app = express();

app.get("/hook", (request, response) => {
  const { "hub.mode": mode, "hub.verify_token": token, "hub.challenge": challenge } = request.query;
  if (mode !== "subscribe" || token !== given.verify_token) return response.sendStatus(403);
  return response.type("text/plain").send(challenge);
});
app.post("/hook", express.raw({ type: "application/json", limit: "4mb" }), (request, response) => {
  const signatureHeader = request.get("X-Hub-Signature-256");
  if (!verifySignature({ appSecret: given.app_secret, rawBody: request.body, signatureHeader })) {
    return response.sendStatus(401);
  }
  normalizeWebhook(JSON.parse(request.body.toString("utf8")));
  return response.sendStatus(200);
});

const server = app.listen(0, "127.0.0.1", () => {
  process.stdout.write(JSON.stringify({ url: `http://127.0.0.1:${server.address().port}/hook` }) + "\n");
});

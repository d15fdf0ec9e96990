// express: a webhook that checks the raw bytes in the `verify` of express.json, served until the process is ended.
const crypto = require("node:crypto");
const { given, load } = require("./report.cjs");

const express = load("express");
const app = express();

function verify(request, _response, body) {
  const right = `sha256=${crypto.createHmac("sha256", given.app_secret).update(body).digest("hex")}`;
  const sent = request.get("X-Hub-Signature-256") ?? "";
  if (sent.length !== right.length || !crypto.timingSafeEqual(Buffer.from(sent), Buffer.from(right))) {
    throw Object.assign(new Error("signature"), { status: 401 });
  }
}

app.get("/hook", (request, response) => {
  const { "hub.mode": mode, "hub.verify_token": token, "hub.challenge": challenge } = request.query;
  if (mode !== "subscribe" || token !== given.verify_token) return response.sendStatus(403);
  return response.type("text/plain").send(challenge);
});
app.post("/hook", express.json({ limit: "4mb", verify }), (_request, response) => response.sendStatus(200));
app.use((error, _request, response, _next) => response.sendStatus(error.status ?? 500));

const server = app.listen(0, "127.0.0.1", () => {
  process.stdout.write(JSON.stringify({ url: `http://127.0.0.1:${server.address().port}/hook` }) + "\n");
});

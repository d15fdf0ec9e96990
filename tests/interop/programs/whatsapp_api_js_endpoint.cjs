// whatsapp-api-js: a webhook with Node's own server, served until the process is ended.
const http = require("node:http");
const path = require("node:path");
const { pathToFileURL } = require("node:url");
const { given } = require("./report.cjs");

const MIDDLEWARE = path.resolve("node_modules/whatsapp-api-js/lib/middleware/node-http.js");

async function main() {
  const { WhatsAppAPI } = await import(pathToFileURL(MIDDLEWARE));
  const api = new WhatsAppAPI({ token: "token", appSecret: given.app_secret, webhookVerifyToken: given.verify_token });
  const server = http.createServer(async (request, response) => {
    if (request.method !== "GET") {
      response.writeHead(await api.handle_post(request)).end();
      return;
    }
    try {
      const challenge = await api.handle_get(request);
      response.writeHead(200, { "Content-Type": "text/plain" }).end(challenge);
    } catch (error) {
      response.writeHead(typeof error === "number" ? error : error.httpStatus).end();
    }
  });
  server.listen(0, "127.0.0.1", () => {
    process.stdout.write(JSON.stringify({ url: `http://127.0.0.1:${server.address().port}/hook` }) + "\n");
  });
}

main();

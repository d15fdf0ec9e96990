// chat: the Chat SDK's webhook for WhatsApp behind Node's server, served until the process is ended.
const http = require("node:http");
const { given } = require("./report.cjs");

const load = (name) => import(`${process.cwd()}/node_modules/${name}/dist/index.js`);
const quiet = () => {};
const logger = { debug: quiet, info: quiet, warn: quiet, error: quiet, child: () => logger };

async function main() {
  const [{ Chat }, { createWhatsAppAdapter }, { createMemoryState }] = await Promise.all(
    ["chat", "@chat-adapter/whatsapp", "@chat-adapter/state-memory"].map(load),
  );
  const { app_secret: appSecret, verify_token: verifyToken } = given;
  const whatsapp = createWhatsAppAdapter({ accessToken: "token", appSecret, phoneNumberId: "106", verifyToken, logger });
  const bot = new Chat({ userName: "bot", adapters: { whatsapp }, state: createMemoryState(), logger });

  async function answer(incoming) {
    const chunks = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const { method, headers, url } = incoming;
    const body = method === "POST" ? Buffer.concat(chunks) : undefined;
    const answered = await bot.webhooks.whatsapp(new Request(`http://127.0.0.1${url}`, { method, headers, body }));
    return [answered.status, Object.fromEntries(answered.headers), await answered.text()];
  }

  const server = http.createServer(async (incoming, outgoing) => {
    // As the frameworks do for which the SDK is made.
    const [status, headers, text] = await answer(incoming).catch(() => [500, {}, "Internal Server Error"]);
    outgoing.writeHead(status, headers).end(text);
  });
  server.listen(0, "127.0.0.1", () => {
    process.stdout.write(JSON.stringify({ url: `http://127.0.0.1:${server.address().port}/hook` }) + "\n");
  });
}

main();

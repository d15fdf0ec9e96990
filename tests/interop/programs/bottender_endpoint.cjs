// bottender: the server that its command line starts, served until the process is ended.
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { given, load } = require("./report.cjs");

const initializeServer = load("./node_modules/bottender/dist/initializeServer.js").default;
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "bottender-"));
const messenger = {
  enabled: true,
  path: "/hook",
  pageId: "1",
  accessToken: "token",
  appId: "1",
  appSecret: given.app_secret,
  verifyToken: given.verify_token,
};
fs.writeFileSync(path.join(folder, "bottender.config.js"), `module.exports = ${JSON.stringify({ channels: { messenger } })};`);
fs.writeFileSync(path.join(folder, "index.js"), "module.exports = async function App() {};");
process.chdir(folder);

const server = initializeServer().listen(0, "127.0.0.1", () => {
  fs.rmSync(folder, { recursive: true });
  process.stdout.write(JSON.stringify({ url: `http://127.0.0.1:${server.address().port}/hook` }) + "\n");
});

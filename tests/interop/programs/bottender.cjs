// bottender: `bottender messenger webhook set`, with the proof rule that lets it pass and with the one that does not.
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { given, load, redirect, sandbox, step } = require("./report.cjs");

redirect(load("axios"));
load("enquirer").Confirm.prototype.run = async () => true;
const { setWebhook } = load("./node_modules/bottender/dist/cli/providers/messenger/webhook.js");

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "bottender-"));
const config = {
  channels: {
    messenger: {
      enabled: true,
      path: "/hook",
      pageId: given.page_id,
      accessToken: given.page_token,
      appId: given.app_id,
      appSecret: given.app_secret,
      verifyToken: given.verify_token,
      fields: ["messages", "messaging_postbacks"],
    },
  },
};
fs.writeFileSync(path.join(folder, "bottender.config.js"), `module.exports = ${JSON.stringify(config)};`);
process.chdir(folder);

process.exit = (code) => {
  throw new Error(`it would exit with ${code}`);
};
console.log = console.warn = console.error = (...words) => process.stderr.write(words.join(" ") + "\n");
const set = () => setWebhook({ argv: { _: ["messenger", "webhook", "set"], "--webhook": given.callback_url } });

async function main() {
  await step("webhook set", async () => {
    await set();
    const { subscriptions, pages } = await sandbox("state");
    const [found] = subscriptions;
    return found.callback_url === given.callback_url && pages[0].installed[given.app_id].join() === "messages,messaging_postbacks";
  });
  await sandbox("knobs", { strict_debug_proof: true });
  await step("webhook set fails where debug_token takes no proof of the Page token", async () => {
    try {
      await set();
    } catch {
      return true;
    }
    return false;
  });
  fs.rmSync(folder, { recursive: true });
}

main();

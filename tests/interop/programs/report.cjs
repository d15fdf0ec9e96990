// For programs that run with a library installed: what to talk to, and a line of JSON for each thing tried.
const { createRequire } = require("node:module");

const given = JSON.parse(process.env.INTEROP);

/** Load a package of the folder that the program runs in, not of the one it lies in. */
const load = createRequire(process.cwd() + "/");

/** Have every client of axios that is made from now on talk to the sandbox in place of Meta. */
function redirect(axios) {
  const create = axios.create;
  axios.create = (config) =>
    create.call(axios, { ...config, baseURL: config.baseURL.replace("https://graph.facebook.com", given.base_url) });
}

/** Ask the sandbox's own endpoints. */
async function sandbox(path, body) {
  const options = body && {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  };
  return (await fetch(`${given.base_url}/sandbox/${path}`, options)).json();
}

/** Try something, report whether it works, and return what it gives. It works unless it throws or gives false. */
async function step(ran, attempt) {
  let found;
  let works;
  let detail = "";
  try {
    found = await attempt();
    works = found !== false;
    if (!works) detail = "another answer";
  } catch (error) {
    works = false;
    const body = error?.response?.data ?? error?.response?.body;
    detail = `${error?.name}: ${error?.message ?? error}` + (body ? ` ${JSON.stringify(body)}` : "");
  }
  process.stdout.write("\n" + JSON.stringify({ ran, works, detail }) + "\n"); // a prompt may have left its line open
  return found;
}

module.exports = { given, load, redirect, sandbox, step };

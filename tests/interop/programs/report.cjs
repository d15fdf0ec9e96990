// For programs that run with a library installed: what to talk to, and a line of JSON for each thing tried.
const { createRequire } = require("node:module");

const given = JSON.parse(process.env.INTEROP);

/** Load a package of the folder that the program runs in, not of the one it lies in. */
const load = createRequire(process.cwd() + "/");

/** Try something, report whether it works, and return what it gives. It works unless it throws or gives false. */
async function step(ran, attempt) {
  let found, works, detail = "";
  try {
    found = await attempt();
    works = found !== false;
    if (!works) detail = "another answer";
  } catch (error) {
    works = false;
    const body = error?.response?.data ?? error?.response?.body;
    detail = `${error?.name}: ${error?.message ?? error}` + (body ? ` ${JSON.stringify(body)}` : "");
  }
  console.log(JSON.stringify({ ran, works, detail }));
  return found;
}

module.exports = { given, load, step };

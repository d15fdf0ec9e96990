// httpyac: send every request of a .http file.
const { spawnSync } = require("node:child_process");
const { mkdtempSync, rmSync, writeFileSync } = require("node:fs");
const { tmpdir } = require("node:os");
const { join } = require("node:path");
const { given } = require("./report.cjs");

const folder = mkdtempSync(join(tmpdir(), "httpyac-"));
try {
  const file = join(folder, "exported.http");
  writeFileSync(file, given.file);
  const program = join(process.cwd(), "node_modules/httpyac/bin/httpyac.js");
  const { status, stderr } = spawnSync(process.execPath, [program, "send", file, "--all", "--silent"], { cwd: folder });
  if (status) {
    process.stderr.write(stderr);
    process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true });
}

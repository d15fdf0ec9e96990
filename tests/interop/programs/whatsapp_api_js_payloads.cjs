// whatsapp-api-js: each payload is checked against PostData, the type of what its `post` takes.
const { existsSync, readFileSync } = require("node:fs");
const { given, load } = require("./report.cjs");

const ts = load("typescript");
const rows = JSON.parse(readFileSync(given.file, "utf8"));
const HEAD = 'import type { PostData } from "whatsapp-api-js/types";\ndeclare function take<T extends PostData>(body: T): void;\n';
const FILE = process.cwd() + "/payloads.ts";

// A payload a line. That T only extends PostData lets a payload have members that the type does not know.
const text = HEAD + rows.map((row) => `take(${row.body});`).join("\n");
const options = { strict: true, noEmit: true, target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext, skipLibCheck: true, types: [] };
const host = ts.createCompilerHost(options);
const { getSourceFile, fileExists, readFile } = host;
host.fileExists = (name) => name === FILE || fileExists.call(host, name);
host.readFile = (name) => (name === FILE ? text : readFile.call(host, name));
host.getSourceFile = (name, target, ...rest) =>
  name === FILE ? ts.createSourceFile(name, text, target, true) : getSourceFile.call(host, name, target, ...rest);
const program = ts.createProgram([FILE], options, host);
const found = ts.getPreEmitDiagnostics(program);

const lines = HEAD.split("\n").length - 1;
const wrong = new Map();
for (const one of found) {
  const line = one.file ? one.file.getLineAndCharacterOfPosition(one.start).line : -1;
  if (line < lines) throw new Error(ts.flattenDiagnosticMessageText(one.messageText, " "));
  const said = ts.flattenDiagnosticMessageText(one.messageText, " ").split(/\s+/).join(" ");
  wrong.set(line - lines, said.slice(-300));
}
rows.forEach((row, index) => {
  console.log(JSON.stringify({ ran: row.name, works: !wrong.has(index), detail: wrong.get(index) ?? "" }));
});

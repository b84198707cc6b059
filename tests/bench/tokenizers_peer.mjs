// The npm package tokenizers on one thread: node tokenizers_peer.mjs PACKAGE_DIR TOKENIZER_JSON LINES
// Reads rounds from standard input: each line of it makes one pass over all lines of the file, and is answered with the
// CPU seconds of the pass and a hash of all its token ids (FNV-1a over 32-bit words, as tokenizer_bench.cc has it).
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

process.env.TOKENIZERS_PARALLELISM = "false";
const [packageDir, tokenizerJson, linesFile] = process.argv.slice(2);
const { Tokenizer } = createRequire(import.meta.url)(packageDir);
const tokenizer = Tokenizer.fromFile(tokenizerJson);
const texts = readFileSync(linesFile, "utf8").split("\n").filter((line) => line.length > 0);

function hash(encodings) {
  let state = 2166136261;
  for (const encoding of encodings) {
    for (const id of encoding.getIds()) state = Math.imul(state ^ id, 16777619);
    state = Math.imul(state ^ 0xffffffff, 16777619); // the end of a text
  }
  return state >>> 0;
}

for await (const _ of createInterface({ input: process.stdin })) {
  const start = process.cpuUsage();
  const encodings = await tokenizer.encodeBatch(texts);
  const { user, system } = process.cpuUsage(start);
  console.log(`${(user + system) / 1e6} ${hash(encodings)}`);
}

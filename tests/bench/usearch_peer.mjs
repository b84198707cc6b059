// The npm package usearch: node usearch_peer.mjs PACKAGE_DIR DIMENSIONS ROWS QUERIES M EF_CONSTRUCTION
// ROWS and QUERIES are files of floats; rows are numbered from 1. Vectors are kept as bfloat16. Answers
// lines with lines: "build THREADS" with the seconds it took; "search K EF" with the CPU seconds of one pass over all
// queries on one thread and K ids for each query (0: none).
import { readFileSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const [packageDir, dimensions, rowsFile, queriesFile, m, efConstruction] = process.argv.slice(2);
const { Index, MetricKind, ScalarKind } = createRequire(import.meta.url)(packageDir);

function floats(file) {
  const bytes = readFileSync(file);
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

const folder = mkdtempSync(join(tmpdir(), "usearch-peer-"));
const saved = join(folder, "index");

function makeIndex(ef) {
  return new Index({
    dimensions: Number(dimensions),
    metric: MetricKind.IP,
    quantization: ScalarKind.BF16,
    connectivity: Number(m),
    expansion_add: Number(efConstruction),
    expansion_search: ef,
  });
}

function build(threads) {
  const rows = floats(rowsFile);
  const keys = BigUint64Array.from({ length: rows.length / Number(dimensions) }, (_, row) => BigInt(row + 1));
  const index = makeIndex(64);
  const start = performance.now();
  index.add(keys, rows, threads);
  const seconds = (performance.now() - start) / 1e3;
  index.save(saved);
  return `${seconds}`;
}

// An index keeps its ef from its making.
let loaded = { ef: 0, index: null };
let queries;

function search(k, ef) {
  queries ??= floats(queriesFile);
  if (loaded.ef !== ef) {
    loaded = { ef, index: makeIndex(ef) };
    loaded.index.load(saved);
  }
  const start = process.cpuUsage();
  const found = loaded.index.search(queries, k, 1);
  const { user, system } = process.cpuUsage(start);
  const ids = Array.from({ length: found.keys.length }, (_, i) => (i % k < Number(found.counts[Math.floor(i / k)]) ? found.keys[i] : 0n));
  return `${(user + system) / 1e6} ${ids.join(" ")}`;
}

for await (const line of createInterface({ input: process.stdin })) {
  const [command, ...numbers] = line.split(" ");
  console.log((command === "build" ? build : search)(...numbers.map(Number)));
}
rmSync(folder, { recursive: true });

"""Runs benchmarks, prints their JSON lines, and keeps the last results in docs/benchmarks.md.

  run.py BIN_DIR MODEL_DIR [NAME...]     NAME: encode, encoder, filter, index, lexical, memory, quality, recovery, scheduler,
                                     service, tokenizer; none: all; only by their names: memory-million (a quarter of an
                                     hour), recovery-million (an hour)
"""

import array
import json
import os
import pathlib
import platform
import re
import shlex
import struct
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "benchmarks.md"
CORPUS = ROOT / ".voisin" / "corpus"
TOOLS = ROOT / ".voisin" / "tools"
PEER = "onnxruntime-node@1.30.0"  # only its shared library is used
PEER_LIBRARY = TOOLS / "node_modules" / "onnxruntime-node" / "bin" / "napi-v6" / "linux" / "x64" / "libonnxruntime.so.1"
TOKENIZERS = "tokenizers@0.23.2"
USEARCH = "usearch@2.26.2"
TEXTS = ROOT / ".voisin" / "bench-lines.txt"
MOST_TEXTS = 40_000
PACKAGES = ROOT / ".voisin" / "bench" / "packages.jsonl"
ONLY_BY_NAME = {"recovery-million", "memory-million"}
SKIPPED = 77  # exit status of a benchmark that lacks what it measures on
FIELDS = ("bench", "case", "threads", "value", "unit", "peer", "peer_value", "ratio", "recall", "cosine", "peak_share", "checked")


def shared():
    """Reference data beside the checkout."""
    return pathlib.Path(os.environ.get("VOISIN_SHARED_DIR", ROOT.parent / "shared"))


WORD_PIECE = shared() / "fixtures" / "tokenizer" / "tokenizer_nopad.json"
TOKENIZER_PEER = TOOLS / "node_modules" / "tokenizers" / "index.js"
USEARCH_PEER = TOOLS / "node_modules" / "usearch" / "package.json"


def node(script, *words):
    """The command of a peer that is an npm package."""
    return shlex.join(str(part) for part in ["node", ROOT / "tests" / "bench" / script, *words])


def commands(binaries, model):
    return {
        "encode": [binaries / "encode_bench", model],
        "encoder": [binaries / "encoder_bench", PEER_LIBRARY],
        "scheduler": [binaries / "scheduler_bench", model],
        "index": [binaries / "index_bench", CORPUS / "vectors.fvecs", CORPUS / "sections", node("usearch_peer.mjs", USEARCH_PEER.parent)],
        "lexical": [binaries / "lexical_bench", model, CORPUS / "texts.jsonl", CORPUS / "vectors.fvecs"],
        "filter": [binaries / "filter_bench", PACKAGES],
        "tokenizer": [binaries / "tokenizer_bench", WORD_PIECE, TEXTS,
                      node("tokenizers_peer.mjs", TOKENIZER_PEER.parent, WORD_PIECE, TEXTS)],
        "quality": [binaries / "quality_bench", model, shared() / "fixtures" / "eval"],
        "recovery": [binaries / "recovery_bench"],
        "recovery-million": [binaries / "recovery_bench", 1_000_000, 0],
        "memory": [binaries / "memory_bench"],
        "memory-million": [binaries / "memory_bench", 1_000_000, "INT8"],
        "service": [sys.executable, ROOT / "tests" / "bench" / "service_bench.py", binaries / "voisin", model],
    }


def write_packages():
    """The Debian packages that apt knows, as JSON Lines."""
    available = subprocess.run(["apt-cache", "dumpavail"], check=True, stdout=subprocess.PIPE).stdout
    lines = subprocess.run(["/usr/bin/python3", ROOT / "clients/examples/debian_packages.py"], input=available, check=True,
                           stdout=subprocess.PIPE).stdout
    PACKAGES.parent.mkdir(parents=True, exist_ok=True)
    PACKAGES.write_bytes(lines)


def install(package, proof):
    if not proof.exists():
        subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", TOOLS, package], check=True)


def write_texts():
    """Lines of real English: what describes Debian's packages."""
    if TEXTS.exists():
        return
    available = subprocess.run(["apt-cache", "dumpavail"], stdout=subprocess.PIPE, check=True).stdout
    script = ROOT / "clients" / "examples" / "debian_packages.py"
    documents = subprocess.run([sys.executable, script], input=available, stdout=subprocess.PIPE, check=True).stdout
    lines = [line for document in documents.splitlines() for line in json.loads(document)["text"].split("\n") if line.strip()]
    TEXTS.write_text("\n".join(lines[:MOST_TEXTS]) + "\n")


def prepare(name, binaries, model):
    if name == "encoder":
        install(PEER, PEER_LIBRARY)
    elif name in ("index", "lexical"):
        if name == "index":
            install(USEARCH, USEARCH_PEER)
        embed_corpus(binaries / "voisin", model)
    elif name == "filter":
        write_packages()
    elif name == "tokenizer":
        install(TOKENIZERS, TOKENIZER_PEER)
        write_texts()


def embed_corpus(voisin, model):
    """The descriptions of Debian's packages as vectors, and the section of each, written once."""
    if (CORPUS / "vectors.fvecs").exists():
        return
    CORPUS.mkdir(parents=True, exist_ok=True)
    available = subprocess.run(["apt-cache", "dumpavail"], check=True, capture_output=True).stdout
    reader = [sys.executable, ROOT / "clients" / "examples" / "debian_packages.py"]
    documents = [json.loads(line) for line in subprocess.run(reader, input=available, check=True, capture_output=True).stdout.splitlines()]
    (CORPUS / "sections").write_text("".join(document["metadata"].get("section", "") + "\n" for document in documents))
    texts = CORPUS / "texts.jsonl"
    texts.write_text("".join(json.dumps({"text": document["text"]}) + "\n" for document in documents))
    command = [voisin, "embed", "--model-dir", model, "--input", texts, "--json", "--truncation", "end"]
    unfinished = CORPUS / "vectors.part"
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process, unfinished.open("wb") as out:
        for line in process.stdout:
            vector = array.array("f", json.loads(line)["embedding"])
            out.write(struct.pack("<i", len(vector)) + vector.tobytes())
    if process.returncode != 0:
        sys.exit(f"voisin embed ended with {process.returncode}")
    unfinished.rename(CORPUS / "vectors.fvecs")


def machine():
    cpu = "unknown CPU"
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            cpu = line.split(":", 1)[1].strip()
            break
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{cpu}, {os.cpu_count()} CPUs, {memory:.0f} GiB, Linux {platform.release().split('-')[0]}"


def measure(command):
    """The benchmark's JSON lines, printed as they come; none when it was skipped. Ends the run when the benchmark fails or
    an answer was wrong."""
    lines = []
    with subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            sys.stdout.write(line)
            sys.stdout.flush()
            if line.startswith("{"):
                lines.append(json.loads(line))
    if process.returncode == SKIPPED:
        return []
    if process.returncode != 0:
        sys.exit(f"{command[0]} ended with {process.returncode}")
    wrong = [line["case"] for line in lines if not line["checked"]]
    if wrong:
        sys.exit(f"answers were wrong in: {', '.join(wrong)}")
    return lines


def cell(value):
    if value is None:
        return ""
    return f"{value:.4g}" if isinstance(value, float) and abs(value) < 1000 else f"{value:,.0f}" if isinstance(value, float) else str(value)


def table(lines):
    shown = [field for field in FIELDS[1:-1] if any(field in line for line in lines)]
    rows = ["| " + " | ".join(shown) + " |", "|" + "---|" * len(shown)]
    rows += ["| " + " | ".join(cell(line.get(field)) for field in shown) + " |" for line in lines]
    return "\n".join(rows)


def section(name, lines):
    return f"<!-- begin {name} -->\n## {name}\n\n{machine()}\n\n{table(lines)}\n<!-- end {name} -->"


def keep(name, lines):
    page = PAGE.read_text()
    pattern = re.compile(rf"<!-- begin {name} -->.*?<!-- end {name} -->", re.S)
    new = section(name, lines)
    page = pattern.sub(lambda _: new, page) if pattern.search(page) else page.rstrip() + "\n\n" + new + "\n"
    PAGE.write_text(page)


def main():
    binaries, model = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    known = commands(binaries, model)
    names = sys.argv[3:] or [name for name in known if name not in ONLY_BY_NAME]
    for name in names:
        if name not in known:
            sys.exit(f"no benchmark is called {name}: there are {', '.join(known)}")
    for name in names:
        prepare(name, binaries, model)
        if lines := measure(known[name]):
            keep(name, lines)


if __name__ == "__main__":
    main()

"""The whole service on real text: durable upserts, searches over gRPC, restarts. Prints one JSON line per case.

  service_bench.py VOISIN_BINARY MODEL_DIR

serving_bench and ingest_bench beside the binary measure searches and upserts of vectors, in turns with an echo server and
with RocksDB alone.
The corpus is the descriptions of Debian's packages that this machine knows (`apt-cache dumpavail`). The server runs on a free
loopback port with a data directory of its own.
"""

import json
import pathlib
import random
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
COLLECTION = "packages"
RESTARTS = 5
ROUNDS = 3
WORDS = "river engine paper garden signal window music stone letter market winter copper forest bridge planet kitchen".split()


class Server:
    def __init__(self, voisin, models, folder):
        self.voisin, self.models, self.data = voisin, models, folder / "data"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.address = f"127.0.0.1:{probe.getsockname()[1]}"
        self.log = open(folder / "server.log", "w")
        self.process = None

    def start(self):
        self.process = subprocess.Popen(
            [self.voisin, "serve", "--address", self.address, "--data-dir", self.data, "--models-dir", self.models],
            stderr=self.log, stdout=self.log)

    def stop(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        self.process.wait(timeout=300)

    def call(self, *words):
        return subprocess.run([str(self.voisin), *map(str, words), "--address", self.address], check=True, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE).stdout

    def wait_until_found(self, text, document):
        """Seconds until a search by meaning finds the document."""
        start = time.monotonic()
        while time.monotonic() - start < 120:
            try:
                hits = json.loads(self.call("search", COLLECTION, text, "--json"))["hits"]
                if any(hit["id"] == document for hit in hits):
                    return time.monotonic() - start
            except subprocess.CalledProcessError:
                time.sleep(0.005)
        sys.exit(f"{document} was not found within two minutes")


def emit(case, value, unit, recall=None, checked=True, threads=2, peer=None, peer_value=None):
    ratio = value / peer_value if peer else None
    print(json.dumps({"bench": "service", "case": case, "threads": threads, "value": value, "unit": unit, "peer": peer,
                      "peer_value": peer_value, "ratio": ratio, "recall": recall, "checked": checked}), flush=True)


def corpus(folder):
    path = folder / "packages.jsonl"
    available = subprocess.run(["apt-cache", "dumpavail"], check=True, stdout=subprocess.PIPE).stdout
    lines = subprocess.run(["/usr/bin/python3", ROOT / "clients/examples/debian_packages.py"], input=available, check=True,
                           stdout=subprocess.PIPE).stdout
    path.write_bytes(lines)
    return path, [json.loads(line) for line in lines.splitlines()]


def bench_import(server, path, documents):
    server.call("collection", "create", COLLECTION, "--model", "use-lite-en")
    start = time.monotonic()
    server.call("import", COLLECTION, path)
    seconds = time.monotonic() - start
    count = int(server.call("count", COLLECTION))
    emit(f"import {len(documents)} texts", len(documents) / seconds, "documents/s", checked=count == len(documents))


def wait_until_indexed(server):
    """Until quiet times have brought the index together."""
    while True:
        described = json.loads(server.call("collection", "describe", COLLECTION, "--json"))
        fraction = next(described[key] for key in ("indexed_fraction", "indexedFraction") if key in described)
        if fraction >= 0.995:
            return
        time.sleep(1)


def relay(server, *words):
    for line in server.call("bench", *words).splitlines():
        row = json.loads(line)
        emit(f"{row['bench']} {row['case']}", row["value"], row["unit"], row["recall"], row["checked"], row["threads"])


def run_beside(server, program, *words):
    """Runs a benchmark that prints its own lines."""
    subprocess.run([server.voisin.parent / program, *map(str, words)], check=True)


def bench_vector_searches(server, folder):
    answer = folder / "answer"
    run_beside(server, "serving_bench", "answer", server.address, COLLECTION, answer)
    with subprocess.Popen([server.voisin.parent / "serving_bench", "echo", answer], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, text=True) as echo:
        run_beside(server, "serving_bench", "load", server.address, COLLECTION, echo.stdout.readline().strip())
        echo.stdin.close()


def bench_searches(server, folder, documents):
    queries = folder / "queries.txt"
    picked = documents[:: max(1, len(documents) // 1000)]
    words = [document["text"].splitlines()[0].split() for document in picked]
    queries.write_text("\n".join(" ".join(w[: max(2, len(w) * 2 // 3)]) for w in words))
    bench_vector_searches(server, folder)
    for clients in (1, 8, 32):
        relay(server, "search", "--collection", COLLECTION, "--clients", clients, "--seconds", 5, "--texts", queries)
    relay(server, "search", "--collection", COLLECTION, "--clients", 1, "--batch", 32, "--seconds", 5, "--texts", queries)


def made_up_texts(folder, seed):
    """A file of texts that no other seed gives: the server keeps the vectors of texts that it has seen."""
    path, dice = folder / f"texts-{seed}.txt", random.Random(seed)
    path.write_text("\n".join(f"note {seed} {i} " + " ".join(dice.choices(WORDS, k=12)) for i in range(40_000)))
    return path


def rate_of(server, *words):
    return json.loads(server.call("bench", *words).splitlines()[0])["value"]


def bench_text_upserts(server, folder):
    """Beside Embed of texts of the same kind in the same calls, in turns."""
    for clients, batch in ((4, 100), (16, 1)):
        load = ("--clients", clients, "--batch", batch, "--seconds", 5, "--texts")
        alone, stored = [], []
        for turn in range(ROUNDS):
            alone.append(rate_of(server, "embed", *load, made_up_texts(folder, f"a{batch}-{turn}")))
            server.call("collection", "create", "scratch", "--model", "use-lite-en")
            texts = made_up_texts(folder, f"b{batch}-{turn}")
            stored.append(rate_of(server, "upsert", "--collection", "scratch", *load, texts))
            server.call("collection", "delete", "scratch")
        emit(f"upsert texts batch={batch} clients={clients}", statistics.median(stored), "documents/s", threads=clients,
             peer="Embed alone", peer_value=statistics.median(alone))


def bench_upserts(server, folder):
    server.call("collection", "create", "vectors", "--dimensions", 512)
    run_beside(server, "ingest_bench", server.address, "vectors", COLLECTION, folder / "peer")
    server.call("collection", "delete", "vectors")
    bench_text_upserts(server, folder)


def bench_restarts(server, documents):
    probe = documents[len(documents) // 2]
    for how, case in ((signal.SIGTERM, "clean stop"), (signal.SIGKILL, "kill -9")):
        times = []
        for _ in range(RESTARTS):
            server.stop(how)
            server.start()
            times.append(server.wait_until_found(probe["text"], probe["id"]))
        emit(f"searchable after {case}, {len(documents)} documents", statistics.median(times), "s",
             checked=int(server.call("count", COLLECTION)) == len(documents))


def main():
    voisin, model = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        path, documents = corpus(folder)
        server = Server(voisin, model.parent, folder)
        server.start()
        try:
            server.call("model", "list", "--wait", 60)
            bench_import(server, path, documents)
            wait_until_indexed(server)
            bench_searches(server, folder, documents)
            bench_upserts(server, folder)
            bench_restarts(server, documents)
        finally:
            server.process.kill()
            server.process.wait()


if __name__ == "__main__":
    main()

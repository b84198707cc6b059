"""Drives a server as a client that nobody here wrote: Debian's python3-grpcio with stubs that protoc makes.

  interop_test.py VOISIN_BINARY MODELS_DIR

Exits 77 when the default model is not there.
"""

import importlib
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import unittest

import grpc

ROOT = pathlib.Path(__file__).resolve().parents[2]
SKIPPED = 77
MODEL = "use-lite-en"
READY_SECONDS = 60
CALL_SECONDS = 30


def make_stubs(folder):
    """Returns the module of every .proto that voisin's services need."""
    protos = sorted((ROOT / "proto").glob("voisin/v1/*.proto")) + sorted((ROOT / "proto").glob("google/rpc/*.proto"))
    names = [str(path.relative_to(ROOT / "proto")) for path in protos]
    plugin = shutil.which("grpc_python_plugin")
    subprocess.run(["protoc", "-I", str(ROOT / "proto"), f"--python_out={folder}", f"--grpc_python_out={folder}",
                    f"--plugin=protoc-gen-grpc_python={plugin}", *names], check=True)
    sys.path.insert(0, str(folder))
    # google.rpc is made here, google.protobuf lies elsewhere: one package of two folders.
    importlib.import_module("google").__path__.append(str(pathlib.Path(folder) / "google"))
    return {name: importlib.import_module(name[:-len(".proto")].replace("/", ".") + "_pb2") for name in names}


def services():
    return {name: importlib.import_module(f"voisin.v1.{name}_pb2_grpc")
            for name in ("embedding", "collection", "document", "search")}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    def __init__(self, binary, models, folder):
        self.address = f"127.0.0.1:{free_port()}"
        self.log = folder / "server.log"
        self.command = [binary, "serve", "--address", self.address, "--data-dir", str(folder / "data"),
                        "--models-dir", models, "--log-format", "json"]
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(self.command, stderr=log, stdout=log)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)


def varint_field(message, number):
    """A varint below 128 of a protobuf message of one field: enough for health answers."""
    return message[1] if message[:1] == bytes([number << 3]) else 0


class Interop(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        path = pathlib.Path(cls.folder.name)
        (path / "stubs").mkdir()
        cls.pb = make_stubs(path / "stubs")
        cls.grpc = services()
        cls.server = Server(BINARY, MODELS, path)
        cls.channel = grpc.insecure_channel(cls.server.address)
        grpc.channel_ready_future(cls.channel).result(READY_SECONDS)
        cls.embedding = cls.grpc["embedding"].EmbeddingServiceStub(cls.channel)
        cls.collections = cls.grpc["collection"].CollectionServiceStub(cls.channel)
        cls.documents = cls.grpc["document"].DocumentServiceStub(cls.channel)
        cls.search = cls.grpc["search"].SearchServiceStub(cls.channel)

    @classmethod
    def tearDownClass(cls):
        cls.channel.close()
        if cls.server.process.poll() is None:
            cls.server.stop()
        cls.folder.cleanup()

    def message(self, file, name, **fields):
        return getattr(self.pb[f"voisin/v1/{file}.proto"], name)(**fields)

    def collection(self, name):
        request = self.message("collection", "CreateCollectionRequest", collection_id=name)
        request.collection.model = MODEL
        return self.collections.CreateCollection(request, timeout=CALL_SECONDS)

    def fails(self, call, request, code):
        with self.assertRaises(grpc.RpcError) as caught:
            call(request, timeout=CALL_SECONDS)
        self.assertEqual(caught.exception.code(), code, caught.exception.details())
        return caught.exception

    def detail(self, error, name):
        status = self.pb["google/rpc/status.proto"].Status()
        status.ParseFromString(dict(error.trailing_metadata())["grpc-status-details-bin"])
        detail = getattr(self.pb["google/rpc/error_details.proto"], name)()
        self.assertTrue(status.details[0].Unpack(detail))
        return detail

    def test_embed(self):
        request = self.message("embedding", "EmbedRequest", texts=["a cat sleeps", "un café"])
        response = self.embedding.Embed(request, timeout=CALL_SECONDS)
        self.assertEqual([len(one.values) for one in response.embeddings], [512, 512])
        self.assertAlmostEqual(sum(x * x for x in response.embeddings[0].values), 1, places=4)
        streamed = list(self.embedding.EmbedStream(iter([request, request]), timeout=CALL_SECONDS))
        self.assertEqual(len(streamed), 2)
        self.assertAlmostEqual(streamed[1].embeddings[1].values[0], response.embeddings[1].values[0], places=5)

    def test_write_and_search(self):
        self.assertEqual(self.collection("pets").name, "collections/pets")
        request = self.message("document", "UpsertDocumentsRequest", collection="collections/pets")
        for key, text in (("cat", "a cat sleeps on the sofa"), ("car", "the engine of my car is broken")):
            document = request.documents.add(id=key, text=text)
            document.metadata.update({"kind": key, "nested": {"list": [1, True, None]}})
        lsn = self.documents.UpsertDocuments(request, timeout=CALL_SECONDS).lsn
        self.assertGreater(lsn, 0)
        query = self.message("search", "SearchRequest", collection="pets", text="kitten", top_k=1, min_lsn=lsn)
        hits = self.search.Search(query, timeout=CALL_SECONDS).hits
        self.assertEqual([hit.id for hit in hits], ["cat"])
        self.assertEqual(hits[0].document.metadata["nested"]["list"][1], True)
        batch = self.message("search", "BatchSearchRequest", requests=[query, self.message("search", "SearchRequest")])
        results = self.search.BatchSearch(batch, timeout=CALL_SECONDS).results
        self.assertEqual([one.WhichOneof("result") for one in results], ["response", "error"])

    def test_stream_upsert(self):
        self.collection("streamed")
        requests = [self.message("document", "UpsertDocumentsRequest", collection="streamed") for _ in range(20)]
        for number, request in enumerate(requests):
            request.documents.add(id=f"d{number}" if number != 7 else "", text=f"text number {number}")
        acks = list(self.documents.StreamUpsert(iter(requests), timeout=CALL_SECONDS))
        self.assertEqual([ack.sequence for ack in acks], list(range(20)))
        self.assertEqual([ack.sequence for ack in acks if ack.status.code], [7])

    def test_errors_have_details(self):
        request = self.message("search", "SearchRequest", collection="collections/none", text="x")
        resource = self.detail(self.fails(self.search.Search, request, grpc.StatusCode.NOT_FOUND), "ResourceInfo")
        self.assertEqual(resource.resource_type, "collection")
        request = self.message("embedding", "EmbedRequest", texts=["fine", " "])
        bad = self.detail(self.fails(self.embedding.Embed, request, grpc.StatusCode.INVALID_ARGUMENT), "BadRequest")
        self.assertEqual(bad.field_violations[0].field, "texts[1]")

    def test_bytes_that_are_no_utf8(self):
        call = self.channel.unary_unary("/voisin.v1.EmbeddingService/Embed")
        error = self.fails(call, b"\x12\x02a\xff", grpc.StatusCode.INVALID_ARGUMENT)
        self.assertIn("texts[0]", error.details())
        error = self.fails(call, b"\x12\x7f", grpc.StatusCode.INVALID_ARGUMENT)
        self.assertIn("voisin.v1.EmbedRequest", error.details())

    def test_health(self):
        check = self.channel.unary_unary("/grpc.health.v1.Health/Check")
        for service in (b"", b"voisin.v1.SearchService"):
            answer = check(b"\x0a" + bytes([len(service)]) + service, timeout=CALL_SECONDS, wait_for_ready=True)
            self.assertEqual(varint_field(answer, 1), 1)

    def test_reflection(self):
        reflect = self.channel.stream_stream("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo")
        answers = list(reflect(iter([b"\x3a\x00"]), timeout=CALL_SECONDS))
        for service in (b"EmbeddingService", b"CollectionService", b"DocumentService", b"SearchService"):
            self.assertIn(b"voisin.v1." + service, answers[0])

    def test_second_server_is_refused(self):
        command = list(self.server.command)
        command[command.index("--address") + 1] = f"127.0.0.1:{free_port()}"
        second = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        self.assertNotEqual(second.returncode, 0)
        self.assertIn("data", second.stderr)

    def test_zz_stops_cleanly(self):
        self.assertEqual(self.server.stop(), 0, self.server.log.read_text())
        self.assertIn('"event":"stopped"', self.server.log.read_text())


if __name__ == "__main__":
    BINARY, MODELS = sys.argv[1:3]
    if not (pathlib.Path(MODELS) / MODEL / "config.json").exists():
        print(f"skipped: no model {MODEL} in {MODELS}; ./dev setup gets it")
        sys.exit(SKIPPED)
    unittest.main(argv=sys.argv[:1], verbosity=2)

"""Shows that include_rules finds each kind of violation, and nothing in a clean tree."""

import pathlib
import tempfile
import unittest

import include_rules

CLEAN = {
    "base/files.cc": "#include <xxhash.h>\n",
    "encoder/gemm.cc": '#include "base/files.h"\n#include <cblas.h>\n',
    "index/hnsw_builder.cc": "#include <faiss/IndexHNSW.h>\n",
    "storage/rocks_store.cc": '#include "rocksdb/db.h"\n',
    "service/engine.cc": '#include "storage/store.h"\n#include "index/index.h"\n#include "encoder/text.h"\n',
    "service/grpc_server.cc": '#include <grpcpp/server.h>\n#include "voisin/v1/search.pb.h"\n',
    "clients/cpp/client.cc": "#include <grpcpp/channel.h>\n",
    "clients/cli/arguments.cc": '#include <CLI/CLI.hpp>\n#include "service/grpc_serve.h"\n',
    "tests/storage/damage_test.cc": '#include "rocksdb/db.h"\n',
    "encoder/text.h": "#pragma once\n" + "".join(f"#include <s{i}>\n" for i in range(8)),
}

# Path, content, and a part of what must be said about it.
BROKEN = [
    ("encoder/a.cc", '#include "index/index.h"\n', "encoder/ may not see index/"),
    ("index/a.cc", '#include "storage/store.h"\n', "index/ may not see storage/"),
    ("storage/a.cc", '#include "encoder/text.h"\n', "storage/ may not see encoder/"),
    ("base/a.cc", '#include "service/engine.h"\n', "base/ may not see service/"),
    ("service/a.cc", '#include "clients/cpp/client.h"\n', "service/ may not see clients/"),
    ("clients/cli/a.cc", '#include "storage/store.h"\n', "clients/ may not see storage/"),
    ("service/engine.cc", "#include <grpcpp/server.h>\n", "only service/grpc_*"),
    ("service/engine.cc", '#include "voisin/v1/search.pb.h"\n', "only service/grpc_*"),
    ("service/engine.cc", '#include "service/grpc_server.h"\n', "only service/grpc_*"),
    ("clients/cli/a.cc", "#include <grpcpp/channel.h>\n", "only service/grpc_*"),
    ("encoder/ops.cc", "#include <cblas.h>\n", "only encoder/gemm*"),
    ("index/search.cc", "  #  include <faiss/IndexHNSW.h>\n", "only index/hnsw_*"),
    ("service/a.cc", "#include <rocksdb/db.h>\n", "only storage/rocks_*"),
    ("encoder/weights.cc", "#include <nlohmann/json.hpp>\n", "only encoder/json*"),
    ("storage/a.cc", "#include <unicode/uchar.h>\n", "only encoder/*"),
    ("service/a.cc", "#include <CLI/CLI.hpp>\n", "only clients/cli/*"),
    ("base/a.h", "#pragma once\n" + "".join(f"#include <s{i}>\n" for i in range(9)), "has 9 includes"),
    ("base/a.h", "#pragma once\n" + "".join(f'#include "absl/{i}.h"\n' for i in range(7)), "has 7 includes"),
    ("base/a.h", "#include <string>\n", "#pragma once"),
    ("tests/a.cc", "\n" * 501, "501 lines"),
    ("docs/a.md", "one\nsee /wo" + "rk/x\n", "docs/a.md:2"),
]


def violations_in(content):
    with tempfile.TemporaryDirectory() as folder:
        for path, text in content.items():
            file = pathlib.Path(folder) / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        return list(include_rules.violations(pathlib.Path(folder)))


class IncludeRulesTest(unittest.TestCase):
    def test_a_clean_tree_has_no_violation(self):
        self.assertEqual(violations_in(CLEAN), [])

    def test_each_violation_is_found(self):
        for path, text, said in BROKEN:
            with self.subTest(path=path, said=said):
                found = violations_in(CLEAN | {path: text})
                self.assertEqual(len(found), 1, found)
                self.assertIn(said, found[0])
                self.assertIn(path, found[0])


if __name__ == "__main__":
    unittest.main()

"""The walls of the source tree: who may include whom, how long files are, what no file may say.

  include_rules.py ROOT            prints every violation below ROOT; exit status 1 when there is one
  include_rules.py ROOT --format CLANG_FORMAT   checks the layout of every C++ file instead

docs/architecture.md says why the walls stand where they do.
"""

import pathlib
import re
import subprocess
import sys

CODE = {".h", ".cc"}
TEXT = CODE | {".py", ".proto", ".cmake", ".txt", ".md", ".ts", ".js", ".json", ".toml", ".scenario", ".yaml"}
SKIPPED = {"build", ".git", ".voisin", "node_modules", "__pycache__", "corpus", "fixtures", "golden"}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^">]+)[">]', re.MULTILINE)

# Folder: what its files may include of the project.
FOLDERS = {
    "base": {"base"},
    "encoder": {"base", "encoder"},
    "index": {"base", "index"},
    "storage": {"base", "storage"},
    "service": {"base", "encoder", "index", "storage", "service"},
    "clients": {"base", "clients", "encoder", "service"},
    "tests": {"base", "encoder", "index", "storage", "service", "clients", "tests"},
}
PROJECT = set(FOLDERS) | {"proto"}

# Third-party header: the files that may include it (patterns of paths). Tests may use what they need.
TRANSPORT = ["service/grpc_*", "service/proto_*", "service/http_*", "clients/**"]
WALLS = {
    r"cblas\.h|openblas": ["encoder/gemm*"],
    r"faiss/|omp\.h": ["index/hnsw_*"],
    r"rocksdb/": ["storage/rocks_*"],
    r"roaring/": ["storage/point_bitmap*"],
    r"nlohmann/": ["encoder/json*", "clients/cli/*"],
    r"unicode/": ["encoder/*"],
    r"libstemmer": ["encoder/stemmer*"],
    r"immintrin\.h": ["encoder/kernels_*", "index/kernels_*"],
    r"CLI/": ["clients/cli/*"],
    r"toml\+\+/": ["service/config*"],
    r"spdlog/|fmt/": ["service/log*"],
    r"curl/": ["clients/hub/http*"],
    r"openssl/": ["clients/hub/digest*"],
    r"xxhash\.h": ["base/*"],
    r"grpcpp/|grpc/": ["service/grpc_*", "clients/cpp/*"],
    r"google/|voisin/v1/": TRANSPORT,
    r"service/(grpc|proto|http)_": TRANSPORT,
}

MOST_INCLUDES = 8          # of one header, in all
MOST_FOREIGN_INCLUDES = 6  # of one header, the standard library aside
MOST_LINES = 500
MANY_LINES = 300

# Written in two halves, so that this file does not say them itself.
UNSAID = re.compile("|".join(["/wo" + "rk/", "/tm" + "p/bash", "TO" + "DO", "FIX" + "ME", "Cla" + "ude", "Anth" + "ropic"]))


def files(root, suffixes):
    for path in sorted(root.rglob("*")):
        parts = path.relative_to(root).parts
        if path.is_file() and path.suffix in suffixes and not SKIPPED.intersection(parts):
            yield path, path.relative_to(root).as_posix()


def matches(path, patterns):
    return any(pathlib.PurePosixPath(path).match(pattern.replace("/**", "/*/*")) for pattern in patterns)


def direction(path, included):
    """A violation when `path` includes a project file that its folder may not see."""
    folder, target = path.split("/")[0], included.split("/")[0]
    if target in PROJECT and "/" in included and target not in FOLDERS.get(folder, PROJECT):
        return f"{path} includes {included}: {folder}/ may not see {target}/"
    return None


def wall(path, included):
    """A violation when `path` includes a third party's header that stands behind another file's wall."""
    if path.startswith("tests/"):
        return None
    for header, allowed in WALLS.items():
        if re.match(header, included) and not matches(path, allowed):
            return f"{path} includes {included}: only {', '.join(allowed)} may"
    return None


def includes(path, text):
    found = INCLUDE.findall(text)
    for _, included in found:
        yield direction(path, included)
        yield wall(path, included)
    foreign = [name for bracket, name in found if bracket == '"' or "." in name or "/" in name]
    if path.endswith(".h") and (len(found) > MOST_INCLUDES or len(foreign) > MOST_FOREIGN_INCLUDES):
        yield f"{path} has {len(found)} includes: at most {MOST_INCLUDES}, and {MOST_FOREIGN_INCLUDES} beside the standard library"


def guard(path, text):
    if path.endswith(".h") and not text.startswith("#pragma once\n"):
        yield f"{path} does not start with #pragma once"


def length(path, text):
    lines = text.count("\n")
    if lines > MOST_LINES:
        yield f"{path} has {lines} lines: at most {MOST_LINES}"


def words(path, text):
    for number, line in enumerate(text.splitlines(), 1):
        if found := UNSAID.search(line):
            yield f"{path}:{number} says {found.group()}"


def violations(root):
    for file, path in files(root, TEXT):
        text = file.read_text(encoding="utf-8", errors="replace")
        checks = [words(path, text)]
        if file.suffix in CODE:
            checks += [includes(path, text), guard(path, text), length(path, text)]
        for check in checks:
            yield from (violation for violation in check if violation)


def long_files(root):
    for file, path in files(root, CODE):
        lines = file.read_text(encoding="utf-8").count("\n")
        if lines > MANY_LINES:
            yield f"note: {path} has {lines} lines, more than {MANY_LINES}"


def badly_formatted(root, clang_format):
    """One process for all files: starting it takes longer than a file does."""
    paths = {str(file): path for file, path in files(root, CODE)}
    done = subprocess.run([clang_format, "--dry-run", "-Werror", *paths], capture_output=True, text=True, check=False)
    places = [line for line in done.stderr.splitlines() if "[-Wclang-format-violations]" in line]
    bad = {line.split(":")[0]: line for line in reversed(places)}  # the first place of each file
    unknown = [done.stderr] if done.returncode != 0 and not bad else []
    return sorted(f"{paths[file]} is not formatted: {line}" for file, line in bad.items()) + unknown


def main(arguments):
    root = pathlib.Path(arguments[0])
    if len(arguments) == 3 and arguments[1] == "--format":
        found = badly_formatted(root, arguments[2])
    else:
        found = list(violations(root))
        print("\n".join(long_files(root)))
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

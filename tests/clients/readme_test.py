"""Runs what README.md shows, so that a newcomer's first ten minutes work as written.

  readme_test.py VOISIN_BINARY MODELS_DIR

Blocks marked `console` hold commands ("$ ") and what they print: a line "..." stands for any lines, numbers may differ in
the last places. They run in order in one scratch folder, with the server that the README starts on the address that it
names moved to a free port. The block marked `python` runs against it too. Commands of blocks marked `sh` must be commands
that ./dev knows. Exits 77 when the default model is not there.
"""

import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
SKIPPED = 77
DEFAULT_ADDRESS = "127.0.0.1:50051"


def blocks(kind):
    return re.findall(rf"^```{kind}\n(.*?)^```", (ROOT / "README.md").read_text(), re.S | re.M)


def steps(block):
    """Yields (command, expected lines). A command that ends with <<'EOF' goes on to the line EOF."""
    found = []
    inside = False
    for line in block.splitlines():
        if inside:
            found[-1][0] += "\n" + line
            inside = line != "EOF"
        elif line.startswith("$ "):
            found.append([line[2:], []])
            inside = line.endswith("<<'EOF'")
        else:
            found[-1][1].append(line)
    return found


def same_word(expected, got):
    if expected == got:
        return True
    try:
        return abs(float(expected) - float(got)) <= 2e-3
    except ValueError:
        return False


def same_line(expected, got):
    left, right = expected.split(), got.split()
    return len(left) == len(right) and all(map(same_word, left, right))


def matches(expected, got):
    if not expected:
        return not got
    if expected[0].strip() == "...":
        return any(matches(expected[1:], got[i:]) for i in range(len(got) + 1))
    return bool(got) and same_line(expected[0], got[0]) and matches(expected[1:], got[1:])


def free_address():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


def wait_for(voisin, address, server):
    for _ in range(300):
        if server.poll() is not None:
            sys.exit(f"the server ended with {server.returncode}")
        if subprocess.run([voisin, "model", "list", "--address", address], capture_output=True).returncode == 0:
            return
        time.sleep(0.1)
    sys.exit("the server did not answer within 30 seconds")


def run_console(environment, folder):
    count = 0
    for block in blocks("console"):
        for command, expected in steps(block):
            ran = subprocess.run(["bash", "-c", command], cwd=folder, env=environment, text=True, timeout=120,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            if not matches(expected, ran.stdout.splitlines()):
                sys.exit(f"$ {command}\nexpected:\n" + "\n".join(expected) + f"\ngot ({ran.returncode}):\n{ran.stdout}{ran.stderr}")
            count += 1
    return count


def run_python(environment, folder):
    protos = [str(path.relative_to(ROOT / "proto")) for path in (ROOT / "proto").rglob("*.proto")]
    plugin = subprocess.check_output(["which", "grpc_python_plugin"], text=True).strip()
    subprocess.run(["protoc", "-I", str(ROOT / "proto"), f"--python_out={folder}", f"--grpc_out={folder}",
                    f"--plugin=protoc-gen-grpc={plugin}", *protos], check=True)
    for block in blocks("python"):
        code = block.replace(DEFAULT_ADDRESS, environment["VOISIN_ADDRESS"])
        subprocess.run(["/usr/bin/python3", "-c", code], cwd=folder, env=environment, check=True, timeout=120)


def check_dev_commands():
    usage = subprocess.run([ROOT / "dev", "help"], capture_output=True, text=True, check=True).stdout
    for block in blocks("sh"):
        for word in re.findall(r"^\./dev (\w+)", block, re.M):
            if not re.search(rf"^  {word}\b", usage, re.M):
                sys.exit(f"README.md names ./dev {word}, which ./dev help does not")


def main():
    voisin, models = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
    check_dev_commands()
    if not (models / "use-lite-en").is_dir():
        print(f"skipped: {models}/use-lite-en is not there; ./dev setup gets it")
        sys.exit(SKIPPED)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        address = free_address()
        environment = {**os.environ, "VOISIN_ADDRESS": address, "COLUMNS": "100",
                       "PATH": f"{voisin.parent}:{os.environ['PATH']}"}
        server = subprocess.Popen([voisin, "serve", "--address", address, "--data-dir", folder / "data",
                                   "--models-dir", models], stderr=subprocess.DEVNULL)
        try:
            wait_for(voisin, address, server)
            count = run_console(environment, folder)
            run_python(environment, folder)
        finally:
            server.terminate()
            server.wait(timeout=60)
    if count == 0:
        sys.exit("README.md shows no command")
    print(f"{count} commands of README.md did what it says")


if __name__ == "__main__":
    main()

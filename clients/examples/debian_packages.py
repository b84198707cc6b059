#!/usr/bin/python3
"""Turns Debian's package descriptions into documents for `voisin import`.

    apt-cache dumpavail | python3 debian_packages.py > packages.jsonl

Reads stanzas of fields (deb822) on standard input, writes JSON Lines: id is the package, text its short and long
description, metadata its section, priority, homepage and installed size in KiB. A package that comes again, in another
version, is left out.
"""

import json
import sys

METADATA = {b"Section": "section", b"Priority": "priority", b"Homepage": "homepage"}
DESCRIPTIONS = (b"Description-en", b"Description")
WANTED = {b"Package", b"Installed-Size", *METADATA, *DESCRIPTIONS}


def stanzas(lines):
    """Yields one dict per stanza: wanted field -> list of its lines, the first without the field's name."""
    fields, current = {}, None
    for line in lines:
        line = line.rstrip(b"\r\n")
        if not line.strip():
            if fields:
                yield fields
            fields, current = {}, None
        elif line[0] in b" \t":
            if current is not None:
                current.append(line[1:])
        else:
            name, _, value = line.partition(b":")
            current = None
            if name in WANTED:
                current = fields[name] = [value.strip()]
    if fields:
        yield fields


def decoded(value):
    return value.decode("utf-8", errors="replace")


def description(fields):
    """The short description, then the long one; " ." stands for an empty line, other lines lose their indent."""
    for name in DESCRIPTIONS:
        if name in fields:
            lines = (line.strip() for line in fields[name])
            return decoded(b"\n".join(b"" if line == b"." else line for line in lines)).strip()
    return ""


def document(fields):
    metadata = {key: decoded(fields[name][0]) for name, key in METADATA.items() if fields.get(name, [b""])[0]}
    size = fields.get(b"Installed-Size", [b""])[0]
    if size.isdigit():
        metadata["installed_size"] = int(size)
    return {"id": decoded(fields[b"Package"][0]), "text": description(fields), "metadata": metadata}


def main():
    seen = set()
    for fields in stanzas(sys.stdin.buffer):
        name = fields.get(b"Package", [b""])[0]
        if not name or name in seen:
            continue
        made = document(fields)
        if made["text"]:
            seen.add(name)
            sys.stdout.write(json.dumps(made, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")
    main()

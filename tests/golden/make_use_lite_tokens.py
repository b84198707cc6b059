#!/usr/bin/env python3
"""Makes use_lite_tokens.jsonl: token ids of the default model by a second, slow implementation of its tokenizer.

usage: make_use_lite_tokens.py PACKAGE/dist/vocab.json > use_lite_tokens.jsonl
With a second argument, a file of {"text", "token_ids"} lines, it compares instead.
"""
import json
import sys
import unicodedata

MARK = "\u2581"
RESERVED = 6
TEXTS = [
    "cat",
    "Resize many photos at once.",
    "  two  spaces and one at the end ",
    "tabs\tand\nlines",
    ":) a text that begins with a colon",
    "at 10:30 or 9:00 (really!): yes :-)",
    "\u201c5\u201d and \u20185\u2019",
    "caf\u00e9, cafe\u0301, \ufb01ne \uff26\uff35\uff2c\uff2c \u00bd \u2460 \u3000 wide",
    "\u4e2d\u6587 mixed with English \U0001f600\U0001f600 and more",
    "word" * 40,
    "I CC C M h mm m !!!! ????",
    "\u2581 already marked \u2581word",
    "zero\u200bwidth soft\u00adhyphen line\u2028separator",
    "https://example.org/path?query=1&other=%20#end",
    "The committee met on Tuesday to discuss the new harbour wall. " * 4,
]


def pieces_of(path):
    with open(path, encoding="utf-8") as file:
        entries = json.load(file)
    return {piece: (i, 0.0 if score is None else float(score))
            for i, (piece, score) in enumerate(entries) if i >= RESERVED}


def tokenize(text, pieces, longest):
    text = unicodedata.normalize("NFKC", text)
    if not text:
        return []
    text = MARK + text.replace(" ", MARK)
    best = [0.0] * (len(text) + 1)
    last = [(1, 0)] * (len(text) + 1)
    for begin in range(len(text)):
        edges = [(end, *pieces[text[begin:end]])
                 for end in range(begin + 1, min(begin + longest, len(text)) + 1) if text[begin:end] in pieces]
        for end, token, score in edges or [(begin + 1, 0, 0.0)]:
            total = score + best[begin]
            if best[end] == 0.0 or total >= best[end]:
                best[end], last[end] = total, (end - begin, token)
    tokens, end = [], len(text)
    while end > 0:
        length, token = last[end]
        if not (token == 0 and tokens and tokens[-1] == 0):
            tokens.append(token)
        end -= length
    return tokens[::-1]


def main():
    pieces = pieces_of(sys.argv[1])
    longest = max(map(len, pieces))
    if len(sys.argv) > 2:
        with open(sys.argv[2], encoding="utf-8") as file:
            lines = [json.loads(line) for line in file]
        wrong = [line["text"] for line in lines if tokenize(line["text"], pieces, longest) != line["token_ids"]]
        print(f"{len(lines)} lines, {len(wrong)} differ", *wrong, sep="\n")
        return
    for text in TEXTS:
        print(json.dumps({"text": text, "token_ids": tokenize(text, pieces, longest)}, ensure_ascii=False))


if __name__ == "__main__":
    main()

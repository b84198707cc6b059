#!/usr/bin/env python3
"""Writes tests/golden/sentencepiece/: a small Unigram model, and texts with the ids that SentencePiece gives them.

Needs spm_train and spm_encode (Debian: sentencepiece). The model learns from our own documents; its character map is of
the few rules below, so that it stays small.
"""

import json
import pathlib
import subprocess
import tempfile

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parent.parent

RULES = {
    "\t": " ", "\u00a0": " ", "\u3000": " ", "\u2003": " ", "\u200b": "", "\ufeff": "",
    "\ufb01": "fi", "\ufb02": "fl", "e\u0301": "\u00e9", "E\u0301": "\u00c9", "a\u0300": "\u00e0",
    "\u2460": "1", "\u337f": "\u682a\u5f0f\u4f1a\u793e", "\uff21": "A", "\uff41": "a", "\u2026": "...",
    "\u212b": "\u00c5", "A\u030a": "\u00c5",
}

# A text that begins with U+2581 is left out: the Hugging Face library, whose reading voisin follows, puts no second mark there.
TEXTS = [
    "", " ", "   ", "a", "hello world", "  hello   world  ", "The quick brown fox jumps over the lazy dog.",
    "\tvectors\tand\ttokens\t", "no\u00a0break\u00a0space", "\u3000ideographic\u3000", "em\u2003space",
    "zero\u200bwidth", "\ufb01nd the \ufb02ow", "caf\u00e9", "cafe\u0301", "re\u0301sume\u0301", "voila\u0300 \u00e7a",
    "\u2460 \u2461", "\u337f", "\uff21\uff22\uff41\uff42", "wait\u2026", "\u212bngstr\u00f6m", "A\u030angstrom",
    "\u6211\u7231\u5317\u4eac", "\u6771\u4eac is a city", "\uac00\ub098\ub2e4", "\u0938\u093f\u0935", "\u0e20\u0e32\u0e29\u0e32",
    "\U0001f600", "a\U0001f600b", "\U0001f468\u200d\U0001f469\u200d\U0001f467 family", "x\u0301\u0302\u0303y",
    "a\u2581b", "snake_case and CamelCase", "1234567890", "3.14159", "e-mail: someone@example.org",
    "https://example.org/path?query=1#part", "a request, an answer; a batch: a token!", "(brackets) [and] {braces}",
    "UPPER lower MiXeD", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "the the the the",
    "supercalifragilisticexpialidocious", "\u03b1\u03b2\u03b3 \u0394", "\u041f\u0440\u0438\u0432\u0435\u0442",
    "\u0645\u0631\u062d\u0628\u0627", "\u05e9\u05dc\u05d5\u05dd", "na\u00efve co\u00f6perate", "\u00df \u1e9e",
    "\ue000 private", "quote \"inside\" 'here'", "back\\slash", "percent %20", "<tag>text</tag>", "end ", " begin",
    "vectors are searched by a graph, documents are stored as they came.",
]


def train(folder):
    corpus = folder / "corpus.txt"
    lines = []
    for path in sorted(ROOT.glob("docs/**/*.md")) + [ROOT / "README.md"]:
        lines += [line.strip() for line in path.read_text().splitlines() if line.strip()]
    lines += ["Le r\u00e9sum\u00e9 du caf\u00e9 est l\u00e0, voil\u00e0.", "\u6211\u7231\u5317\u4eac \u6771\u4eac \u682a\u5f0f\u4f1a\u793e"] * 5
    corpus.write_text("\n".join(lines))
    rules = folder / "rules.tsv"
    code = lambda text: " ".join(f"{ord(c):X}" for c in text)
    rules.write_text("".join(f"{code(key)}\t{code(value)}\n" for key, value in sorted(RULES.items())))
    subprocess.run(["spm_train", f"--input={corpus}", f"--model_prefix={folder / 'model'}", "--vocab_size=600",
                    "--model_type=unigram", "--character_coverage=1.0", f"--normalization_rule_tsv={rules}",
                    "--num_threads=1", "--minloglevel=2"], check=True)
    return folder / "model.model"


def main():
    out = HERE / "sentencepiece"
    out.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        model = train(pathlib.Path(name))
        (out / "sentencepiece.bpe.model").write_bytes(model.read_bytes())
        ids = subprocess.run(["spm_encode", f"--model={model}", "--output_format=id"], check=True, capture_output=True,
                             input="\n".join(TEXTS).encode()).stdout.decode().split("\n")
    with open(out / "golden.jsonl", "w", encoding="utf-8") as file:
        for text, line in zip(TEXTS, ids[:len(TEXTS)], strict=True):
            file.write(json.dumps({"text": text, "ids": [int(i) for i in line.split()]}) + "\n")


if __name__ == "__main__":
    main()

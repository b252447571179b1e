/** A Python skill that counts the words of a text, with a test for pytest. */
export const pythonFiles: Readonly<Record<string, string>> = {
  "scripts/main.py": `"""Counts the lines, words and characters of a text: one JSON request on stdin, one JSON result on stdout."""

from __future__ import annotations

import json
import sys


def run(request: dict) -> dict:
    """The result for a request that fits references/input.schema.json."""
    text = request["text"]
    return {"lines": len(text.splitlines()), "words": len(text.split()), "characters": len(text)}


def main() -> int:
    json.dump(run(json.load(sys.stdin)), sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
`,
  "tests/test_main.py": `"""The function, and the program as it is run: JSON in, JSON out."""

from __future__ import annotations

import io
import json

import main
import pytest


@pytest.mark.parametrize(
    ("text", "lines", "words", "characters"),
    [("", 0, 0, 0), ("one two\\nthree\\n", 2, 3, 14), ("  größer ", 1, 1, 9)],
)
def test_counts(text: str, lines: int, words: int, characters: int) -> None:
    assert main.run({"text": text}) == {"lines": lines, "words": words, "characters": characters}


def test_the_program(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO('{"text": "a b"}'))
    assert main.main() == 0
    assert json.loads(capsys.readouterr().out) == {"lines": 1, "words": 2, "characters": 3}
`,
  "pytest.ini": `[pytest]
pythonpath = scripts
testpaths = tests
`,
};

import { expect, test } from "vitest";
import { countTests, ranTests } from "../../src/proposal/test-count.ts";

test("tests are counted in each language, and what switches them off", () => {
  const python = "import pytest\n@pytest.mark.skip\ndef test_a():\n    assert True\nclass TestB:\n    def test_b(self):\n        assert 1\n";
  expect(countTests([{ path: "tests/test_a.py", text: python }])).toEqual({ files: 1, cases: 2, off: 1, checks: 2 });
  const node = 'test("a", () => assert.ok(1));\ntest.skip("b", () => assert.ok(1));\n';
  expect(countTests([{ path: "tests/a.test.mjs", text: node }])).toMatchObject({ files: 1, cases: 2, off: 1 });
  expect(countTests([{ path: "tests/run.sh", text: "exit 0\ntest 1 -eq 1\n" }])).toMatchObject({ files: 1, cases: 1, off: 1, checks: 2 });
  expect(countTests([{ path: "tests/conftest.py", text: "collect_ignore = ['test_a.py']\n" }])).toEqual({ files: 0, cases: 0, off: 1, checks: 0 });
  expect(countTests([{ path: "scripts/test_a.py", text: python }])).toEqual({ files: 0, cases: 0, off: 0, checks: 0 });
});

test("what pytest and node print", () => {
  expect(ranTests("python", "FAILED tests/test_a.py::test_b - assert 0\n1 failed, 5 passed in 0.02s")).toEqual({
    passed: 5,
    all: 6,
    failed: ["tests/test_a.py::test_b"],
  });
  expect(ranTests("node", "ℹ tests 3\nℹ pass 2\nℹ fail 1\n✖ adds (1.2ms)\n")).toEqual({ passed: 2, all: 3, failed: ["adds"] });
  expect(ranTests("shell", "ok")).toBeUndefined();
});

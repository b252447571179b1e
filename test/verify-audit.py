"""Verifies a record without agentctl: python3 verify-audit.py STATE_DIR. Prints one JSON object a fault; exit 7 when there is one.
Knows only the format that src/trace/record.ts documents. Standard library, Python 3.11."""
import hashlib, json, os, re, sqlite3, sys, zlib

DOMAIN, NO_HASH, HEX = b"agentctl-record-v1\n", "0" * 64, re.compile(r"[0-9a-f]{64}")
MEMBERS = list(zip(["data", "hash", "kind", "prev", "run", "seq", "ts", "v"], [dict, str, str, str, str, float, str, float]))
RUN, TEMPORARY = re.compile(r"[a-z0-9][a-z0-9-]{0,63}"), re.compile(r"\..+\.t-[0-9a-z]+")
KEPT = {"skill.finished": ["artifacts"], "tool.finished": ["artifacts", "changes"]} | dict.fromkeys(["backtest.started", "agent.started", "proposal.drafted"], ["files"])
SHORT = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def number(value):
    """ECMAScript's Number::toString, which RFC 8785 prescribes."""
    if value != value or value in (float("inf"), float("-inf")):
        raise ValueError("not finite")
    if value <= 0:
        return "-" + number(-value) if value else "0"
    mantissa, _, exponent = repr(value).partition("e")
    whole, _, part = mantissa.partition(".")
    digits = (whole + ("" if part == "0" else part)).lstrip("0")
    point = len(whole) + int(exponent or 0)
    if whole == "0":
        point -= len(part) - len(part.lstrip("0")) + 1
    digits = digits.rstrip("0")
    k, n = len(digits), point
    if k <= n <= 21:
        return digits + "0" * (n - k)
    if 0 < n <= 21:
        return digits[:n] + "." + digits[n:]
    if -6 < n <= 0:
        return "0." + "0" * -n + digits
    return digits[0] + ("." + digits[1:] if k > 1 else "") + "e" + ("+" if n > 0 else "-") + str(abs(n - 1))


def canonical(value):
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, float):
        return number(value)
    if isinstance(value, str):
        value.encode("utf-8")  # refuses lone surrogates
        return '"' + "".join(SHORT.get(c) or (f"\\u{ord(c):04x}" if c < " " else c) for c in value) + '"'
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    items = sorted(value.items(), key=lambda item: item[0].encode("utf-16-be", "surrogatepass"))
    return "{" + ",".join(canonical(key) + ":" + canonical(member) for key, member in items) + "}"


def parse(line):
    """The record of a line and whether it is canonical; None when it is no record."""
    try:
        text = line.decode("utf-8")
        record = json.loads(text, parse_int=float, parse_constant=lambda name: float("nan"))
        if not isinstance(record, dict) or [(name, type(record[name])) for name in sorted(record)] != MEMBERS:
            return None
        if record["v"] != 1 or not record["seq"].is_integer() or not 0 <= record["seq"] < 2**53:
            return None
        return record, canonical(record) == text
    except (ValueError, RecursionError):
        return None


def references(value):
    if isinstance(value, dict) and isinstance(value.get("$blob"), str):
        return [value["$blob"]]
    members = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return [found for member in members for found in references(member)]


def read(path):
    data = open(path, "rb").read()
    unzip = zlib.decompressobj(31)
    try:
        plain = unzip.decompress(data) if path.endswith(".gz") else data
        return plain if plain is data or unzip.eof else plain + b"damaged"
    except zlib.error:
        return b"damaged"


def check(state, name, run, head, fault):
    lines = read(os.path.join(state, name)).split(b"\n")
    torn, hashes, previous, highest, following = len(lines.pop()) > 0, {}, None, -1, 0
    for at, line in enumerate(lines, 1):
        parsed = parse(line)
        if parsed is None:
            fault("not-a-record", name, at)
            previous = None
            continue
        record, clean = parsed
        seq = int(record["seq"])
        bare = {key: record[key] for key in record if key != "hash"}
        expected = NO_HASH if seq == 0 else previous["hash"] if previous and previous["seq"] == seq - 1 else record["prev"]
        for kind, wrong in (
            ("not-canonical", not clean),
            ("hash-mismatch", hashlib.sha256(DOMAIN + canonical(bare).encode()).hexdigest() != record["hash"]),
            ("wrong-run", record["run"] != run),
            ("duplicate", seq in hashes),
            ("swapped", seq < highest and seq not in hashes),
            ("broken-chain", record["prev"] != expected),
        ):
            wrong and fault(kind, name, at, seq)
        data = record["data"]
        lists = [data.get(name) for name in KEPT.get(record["kind"], []) if record["kind"] != "backtest.started" or data.get("committed") is False]
        kept = [item["sha256"] for files in lists if isinstance(files, list) for item in files if isinstance(item, dict) and "sha256" in item]
        for digest in set(references(data)) | set(map(str, kept)):
            HEX.fullmatch(digest) and os.path.exists(os.path.join(state, "blobs", digest)) or fault("missing-blob", name, at, seq)
        hashes.setdefault(seq, record["hash"])
        highest, previous = max(highest, seq), record
    for seq in sorted(hashes):
        seq > following and fault("deleted", name, None, following)
        following = seq + 1
    if head and head[0] > highest:
        torn and fault("torn-tail", name)
        fault("tail-cut", name, None, highest + 1)
    elif head and head[0] in hashes and hashes[head[0]] != head[1]:
        fault("rewritten-tail", name, None, head[0])


def main(state):
    faults = []
    fault = lambda kind, file, line=None, seq=None: faults.append({"kind": kind, "file": file, "line": line, "seq": seq})
    ledger = sqlite3.connect(f"file:{os.path.join(state, 'ledger.db')}?mode=ro", uri=True)
    heads = {run: (seq, digest) for run, seq, digest in ledger.execute("SELECT run, seq, hash FROM heads")}
    known = set(heads) | {run for (run,) in ledger.execute("SELECT run FROM runs")}
    listed = lambda folder: sorted(os.listdir(os.path.join(state, folder))) if os.path.isdir(os.path.join(state, folder)) else []
    folders = [("journal", ".jsonl")] + [(f"journal/closed/{month}", ".jsonl.gz") for month in listed("journal/closed")]
    seen = set()
    for folder, ending in folders:
        for name in listed(folder):
            run = name[: -len(ending)] if name.endswith(ending) else ""
            if RUN.fullmatch(run):
                seen.add(run)
                check(state, f"{folder}/{name}", run, heads.get(run), fault)
            if run not in known and name not in ("_empty.jsonl", "closed") and not TEMPORARY.fullmatch(name):
                fault("unknown-file", f"{folder}/{name}")
    for run in set(heads) - seen:
        fault("missing-file", f"journal/{run}.jsonl", None, 0)
    for name in listed("blobs"):
        if HEX.fullmatch(name):
            if hashlib.sha256(open(os.path.join(state, "blobs", name), "rb").read()).hexdigest() != name:
                fault("tampered-blob", f"blobs/{name}")
        elif not TEMPORARY.fullmatch(name):
            fault("unknown-file", f"blobs/{name}")
    for found in sorted(faults, key=json.dumps):
        print(json.dumps(found))
    return 7 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

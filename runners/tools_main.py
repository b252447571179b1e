"""Runs in a container, never on the host: one call of a file tool, or the report on scratch/.

stdin is the request, {"op": …}; stdout the answer, {"ok": true, …} or {"ok": false, "why": …}, one object of JSON. Beside this file lie the
bytes to be written (content), and before.json, the manifest of the last report. Jobs that write, and the report itself, leave
/work/out/report.json. The host takes all of it for data of unknown origin: file names and contents are the agent's.
"""

import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from tools_jail import Refused, open_file  # noqa: E402


def answer(request):
    op = request["op"]
    if op == "read":
        from tools_files import read

        return read(request["path"], request["offset"], request["lines"])
    if op == "list":
        from tools_files import list_folder

        return list_folder(request["path"], request["depth"], request.get("glob"))
    if op == "search":
        from tools_search import search

        return search(request["pattern"], request["path"], request.get("glob"), request["max"], request["regex"], request["seconds"])
    if op == "write":
        from tools_files import write

        return {"written": [write(file["path"], beside(file["source"]), file["mode"], request["call"]) for file in request["files"]]}
    if op == "report":
        return {}
    if op == "watch":
        from tools_report import watch

        watch(request["most"])
    raise Refused("unknown operation %s" % op)


def beside(name):
    return os.path.join(os.path.dirname(os.path.abspath(__file__)), name)


def data_view(request):
    """Hands the file on as a descriptor: the program that shows it opens that and nothing else."""
    handle, status = open_file(request["path"])
    os.dup2(handle, 9, inheritable=True)
    arguments = {**request, "file": "/proc/self/fd/9", "bytes": status.st_size}
    os.execvp("node", ["node", "--max-old-space-size=64", beside("tools_data_view.mjs"), json.dumps(arguments)])


def document(request):
    """Likewise for the program that reads documents, which is sent with the job."""
    handle, _ = open_file(request["path"])
    os.dup2(handle, 9, inheritable=True)
    os.execvp("python3", ["python3", "-I", "-B", beside("document_text.py"), json.dumps(request)])


def main():
    request = json.load(sys.stdin)
    try:
        if request["op"] == "data":
            data_view(request)
        if request["op"] == "document":
            document(request)
        said = {"ok": True, **answer(request)}
    except Refused as refused:
        said = {"ok": False, "why": str(refused)}
    if request.get("report"):
        from tools_report import write_report

        try:
            with open(beside("before.json"), encoding="ascii") as file:
                before = json.load(file)
        except FileNotFoundError:
            before = None
        write_report(before)
    json.dump(said, sys.stdout)


main()

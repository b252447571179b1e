"""Runs in a container of a runner's image, never on the host: what a skill of that runner finds there.

stdout  one object of JSON: {"python": {"version", "modules": [[name, version, package]]}, "node": {"version", "modules": [name]} or null,
        "debian": [[name, version, what it is]], "commands": [name]}. A version or package that there is none of is "".
"""

import json
import os
import pkgutil
import shutil
import subprocess
import sys
from importlib import metadata


def python():
    versions = {each.metadata["Name"]: each.version for each in metadata.distributions() if each.metadata["Name"]}
    packages = {module: names[0] for module, names in metadata.packages_distributions().items()}
    found = {each.name for each in pkgutil.iter_modules() if not each.name.startswith("_")} | set(packages)
    own = {name for name in sys.stdlib_module_names if not name.startswith("_")}
    modules = [[name, "", "standard library"] for name in own]
    modules += [[name, versions.get(packages.get(name, ""), ""), packages.get(name, "")] for name in found - own]
    return {"version": "%d.%d.%d" % sys.version_info[:3], "modules": sorted(modules)}


def node():
    if shutil.which("node") is None:
        return None
    said = said_by(["node", "-p", "JSON.stringify([process.versions.node, require('node:module').builtinModules])"])
    version, modules = json.loads(said)
    return {"version": version, "modules": sorted(name for name in modules if not name.startswith("_"))}


def debian():
    lines = said_by(["dpkg-query", "-W", "-f", "${Package}\t${Version}\t${binary:Summary}\n"]).splitlines()
    return sorted([*line.split("\t", 2), "", ""][:3] for line in lines if line)


def commands():
    found = set()
    for folder in os.environ.get("PATH", "").split(":"):
        try:
            found.update(each.name for each in os.scandir(folder) if each.is_file() and os.access(each.path, os.X_OK))
        except OSError:
            pass
    return sorted(found)


def said_by(command):
    return subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=20).stdout.decode("utf-8", "replace")


json.dump({"python": python(), "node": node(), "debian": debian(), "commands": commands()}, sys.stdout)

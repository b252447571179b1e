"""Prints the order it is given."""

import json
import sys

order = json.load(sys.stdin)
print(json.dumps({"order": order}))

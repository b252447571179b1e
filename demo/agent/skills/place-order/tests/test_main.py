import json
import subprocess
import sys


def test_it_prints_its_order():
    ended = subprocess.run([sys.executable, "scripts/main.py"], input='{"symbol": "SPX"}', capture_output=True, text=True, check=True)
    assert json.loads(ended.stdout) == {"order": {"symbol": "SPX"}}

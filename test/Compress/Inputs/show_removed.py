"""show_removed.py REPORT.json: the layers that pruning removed, why, and how many of their weights are left."""

import json
import sys

for layer in json.load(open(sys.argv[1]))["pruning"]["layers"]:
    if layer["why"].startswith("removed"):
        print(f"{layer['name']}: {layer['why']}, {layer['nonzeros']} left")

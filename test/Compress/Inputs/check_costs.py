"""Recomputes what the report of a pruned network says of its costs: check_costs.py REPORT.json latency|measured|plain"""

import json
import sys
from typing import Any, Dict


def near(found: float, expected: float, what: str) -> None:
    assert abs(found - expected) <= 1e-6 * abs(expected) + 1e-9, f"{what}: expected {expected}, found {found}"


def check_network(report: Dict[str, Any]) -> None:
    """The totals after pruning are those of the layers as compiled."""
    layers, after = report["layers"], report["pruning"]["after"]
    near(after["stored_bytes"], sum(layer["stored_bytes"] for layer in layers), "bytes as stored")
    near(after["macs"], sum(layer["computed_macs"] for layer in layers), "multiplications")
    near(after["predicted_cycles"], sum(layer["predicted_cycles"] or 0 for layer in layers), "cycles")
    # f32 throughout: 4.6 pJ a multiplication, 100 for 8 bytes of activations, 1300 for 8 bytes of weights.
    energy = sum(4.6 * layer["computed_macs"] + 12.5 * (layer["bytes"] - layer["weight_bytes"]) + 162.5 * (layer["stored_bytes"] or layer["weight_bytes"])
                 for layer in layers)
    near(after["energy_pj"], energy, "energy")
    packed = sum(report["packed_bytes"].values())
    assert 0 <= packed - after["stored_bytes"] <= 64 * 4 * len(layers), f"{packed} packed, {after['stored_bytes']} stored"


def check_layers(pruning: Dict[str, Any], kinds: Dict[str, Dict[str, Any]]) -> None:
    for layer in pruning["layers"]:
        compiled, name = kinds[layer["name"]], layer["name"]
        assert layer["storage"] == compiled["storage"], name
        assert (layer["storage"] != "") == (compiled["algorithm"] == "sparse"), name
        if not layer["storage"]:
            assert layer["after"]["macs"] == layer["before"]["macs"], name
            continue
        # Values, places of 8 or 16 bits, and where they start: not the zeros.
        assert layer["after"]["macs"] >= layer["macs_kept"], name
        least = layer["nonzeros"] * 4
        assert least < layer["after"]["stored_bytes"] < layer["before"]["stored_bytes"], name
        assert layer["after"]["energy_pj"] < layer["before"]["energy_pj"], name


def main(path: str, kind: str) -> None:
    with open(path, encoding="utf-8") as file:
        report = json.load(file)
    pruning = report["pruning"]
    check_network(report)
    check_layers(pruning, {layer["name"]: layer for layer in reversed(report["layers"])})
    if kind == "measured":
        assert pruning["measured_by"] and pruning["before"]["measured_us"] > 0 and pruning["after"]["measured_us"] > 0
    else:
        assert pruning["measured_by"] == "" and pruning["after"]["measured_us"] is None
    if kind != "latency":
        return
    part = pruning["total_after"] / pruning["total_before"]
    assert part <= 0.6 * (1 + 1e-9), f"predicted {part} of the time that it took"
    before, after = (sum(layer[when]["predicted_cycles"] for layer in pruning["layers"]) for when in ("before", "after"))
    assert after <= 0.62 * before, f"layers as compiled take {after} of {before} cycles"
    density = {layer["name"]: layer["nonzeros"] / layer["weights"] for layer in pruning["layers"]}
    assert density["long"] < 0.5 and density["short"] > 0.99 and density["classes"] > 0.99, f"found densities {density}"


if __name__ == "__main__":
    main(*sys.argv[1:])

"""What the benchmark found, as tables in Markdown and as a plot in SVG."""

import math
import re
import sys
from pathlib import Path
from xml.sax.saxutils import escape

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Support"))
import winnow_testing as wt
from worker import ENGINES
from zoo import TARGET_OF_MEAN

COLOURS = {"winnow": "#c0392b", "ort": "#2c6fbb", "openvino": "#2e8b57", "openvino-default": "#9fc9ae",
           "ncnn": "#d99a00", "mnn": "#8e5ea2", "iree": "#7f7f7f", "tvm": "#17a2a2"}


def least(result, name, clock, what="min"):
    """An engine's milliseconds in one result, or None where it did not run."""
    engine = result["engines"].get(name, {})
    return engine[clock][what] if clock in engine else None


def best_peer(result, clock):
    """Name and milliseconds of the fastest engine other than ours that computes in 32-bit floats, or None."""
    times = {n: least(result, n, clock) for n in result["engines"] if n != "winnow" and ENGINES[n].f32}
    times = {n: t for n, t in times.items() if t is not None}
    return min(times.items(), key=lambda item: item[1]) if times else None


def ratio(result, clock):
    """Our least time over the best peer's, or None where either is missing."""
    ours, best = least(result, "winnow", clock), best_peer(result, clock)
    return ours / best[1] if ours and best else None


def verdict(result, clock):
    """Whether the target is met; what misses it but does not lose is a miss, more is a loss."""
    engine, value = result["engines"].get("winnow", {}), ratio(result, clock)
    if "unavailable" in engine:
        return "FAILED: " + engine["unavailable"][:80]
    if engine.get("right") is False:
        return "WRONG"
    if value is None:
        return ""
    limit = result["target"] or 1.0
    return ("pass" if value <= limit else "miss" if value <= 1 else "LOSS") + (
        " (busy)" if result["disturbed"] > 0.5 else "")


def geometric_mean(values):
    return math.exp(sum(map(math.log, values)) / len(values)) if values else None


def _cell(result, name, clock):
    engine = result["engines"].get(name)
    if not engine or "unavailable" in engine:
        return "-" if not engine else "n/a"
    off = "*" if engine.get("right") is False else ""
    return f"{engine[clock]['min']:.3g}{off}"


def network_table(results, clock, peaks):
    """The table of all results at one number of threads, and the line below it."""
    names = [n for n in ENGINES if n != "winnow" and any(n in r["engines"] for r in results)]
    header = ["network", "Winnow min", "median", "of peak", "ratio", "target", "verdict",
              *[ENGINES[n].title for n in names], "deviation"]
    rows = []
    for result in results:
        ours, value = result["engines"].get("winnow", {}), ratio(result, clock)
        time, peak = least(result, "winnow", clock), peaks.get(str(result["threads"]))
        share = f"{2e-4 * ours['facts']['macs'] / time / peak:.0f}%" if time and peak else "-"
        rows.append([result["network"], f"{time:.3g}" if time else "n/a",
                     f"{ours[clock]['median']:.3g}" if time else "n/a", share,
                     f"{value:.2f}" if value else "-", f"{result['target'] or 1.0:.2f}", verdict(result, clock),
                     *[_cell(result, n, clock) for n in names],
                     f"{ours['deviation']:.0e}" if "deviation" in ours else "-"])
    ratios = [value for value in (ratio(r, clock) for r in results) if value]
    passed = sum(verdict(r, clock).startswith("pass") for r in results)
    mean = f"; geometric mean of the ratios {geometric_mean(ratios):.3f} (target {TARGET_OF_MEAN})" if ratios else ""
    last = f"{passed} of {len(results)} within their targets{mean}" if ratios else f"{len(results)} measured"
    return wt.table(rows, header) + "\n\n" + last + "."


def scaling(results, clock):
    """How much faster we are with more threads than with the fewest, a line for each number of threads."""
    fewest, *more = sorted({r["threads"] for r in results})
    alone = {r["network"]: least(r, "winnow", clock) for r in results if r["threads"] == fewest}
    lines = []
    for count in more:
        times = {r["network"]: least(r, "winnow", clock) for r in results if r["threads"] == count}
        gains = [f"{name} {alone[name] / time:.2f}" for name, time in times.items() if time and alone.get(name)]
        if gains:
            lines.append(f"Winnow's gain from {fewest} to {count} threads: {', '.join(gains)}.")
    return "\n".join(lines)


def markdown(found) -> str:
    """Everything there is to say of a run of the benchmark."""
    machine, clock = found["machine"], found["clock"]
    lines = [f"{machine['date']}, {machine['processor']}, {machine['cores']} cores ({', '.join(machine['features'])}), "
             f"{machine['system']}; load average at the start {machine['load_average'][0]}. Times in milliseconds, "
             f"least of {found['rounds']} alternating rounds, batch 1, "
             f"{'by the clock' if clock == 'wall' else 'processor time of the process'}"
             f"{', at real-time priority' if found['realtime'] else ''}"
             f"{'; every engine sees a processor with AVX2 at most' if found['avx2'] else ''}."]
    for threads in sorted({r["threads"] for r in found["results"]}):
        results = [r for r in found["results"] if r["threads"] == threads]
        peak = found["peak_gflops"].get(str(threads))
        lines += ["", f"#### {threads} thread{'s' * (threads > 1)}"
                  + (f" (multiply-add peak {peak:.0f} GFLOP/s)" if peak else ""), "",
                  network_table(results, clock, found["peak_gflops"])]
    gains = scaling(found["results"], clock)
    lines += ["", gains] if gains else []
    lines += ["", *[f"- {ENGINES[n].title} {e['version']}: {e['settings']}" for n, e in found["engines"].items()]]
    for result in found["results"]:
        lines += [f"- {result['network']}, {result['threads']} thread(s): {ENGINES[n].title} not available: "
                  f"{e['unavailable']}" for n, e in result["engines"].items() if "unavailable" in e]
    if any(r["disturbed"] > 0.5 for r in found["results"]):
        lines.append("- busy: others used the processors in most bursts; read ratios, not times")
    if any(e.get("right") is False for r in found["results"] for e in r["engines"].values()):
        lines.append("- *: the output differs from ONNX Runtime's by more than 2e-3 of its standard deviation")
    return "\n".join(lines)


def write_section(page: Path, section: str, text: str):
    """Puts a text into a page, between the comments <!-- section --> and <!-- /section -->."""
    marked = re.compile(rf"(<!-- {re.escape(section)} -->\n).*?(<!-- /{re.escape(section)} -->)", re.S)
    old = page.read_text()
    if not marked.search(old):
        sys.exit(f"{page} has no markers for '{section}'")
    page.write_text(marked.sub(lambda m: m[1] + text + "\n" + m[2], old))


def svg(found) -> str:
    """Each network a line, each engine a dot at its time over that of the best peer in 32-bit floats; our target a
    tick. What is over three times the best is drawn at the border."""
    results, clock, step, left, right, top = found["results"], found["clock"], 20, 230, 870, 50
    height, scale = top + step * len(results) + 40, (right - left) / 3.0
    shapes = []
    for tick in (0, 0.5, 1, 1.5, 2, 2.5, 3):
        x = left + scale * tick
        shapes.append(f'<line x1="{x}" y1="{top - 8}" x2="{x}" y2="{height - 32}" stroke="#{"888" if tick == 1 else "ddd"}"/>'
                      f'<text x="{x}" y="{height - 16}" text-anchor="middle">{tick:g}</text>')
    for i, name in enumerate(found["engines"]):
        x = 20 + 125 * i
        shapes.append(f'<circle cx="{x}" cy="18" r="5" fill="{COLOURS.get(name, "#000")}"/>'
                      f'<text x="{x + 9}" y="22">{escape(ENGINES[name].title)}</text>')
    for i, result in enumerate(results):
        y, best = top + step * i, best_peer(result, clock)
        shapes.append(f'<text x="{left - 10}" y="{y + 4}" text-anchor="end">{escape(result["network"])}, '
                      f'{result["threads"]} T</text>')
        if not best:
            continue
        if result["target"]:
            x = left + scale * result["target"]
            shapes.append(f'<line x1="{x}" y1="{y - 8}" x2="{x}" y2="{y + 8}" stroke="#c0392b" stroke-width="2"/>')
        for name in reversed(result["engines"]):
            time = least(result, name, clock)
            if time:
                x = left + scale * min(3, time / best[1])
                shapes.append(f'<circle cx="{x:.1f}" cy="{y}" r="5" fill="{COLOURS.get(name, "#000")}">'
                              f'<title>{escape(ENGINES[name].title)}: {time:.3g} ms</title></circle>')
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="900" height="{height}" font-family="sans-serif" '
            f'font-size="12"><rect width="100%" height="100%" fill="white"/>{"".join(shapes)}</svg>\n')

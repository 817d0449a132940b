"""Tables of what quantization costs, in Markdown and as a page of HTML."""

import html as markup

from compare_models import wt

HEADER = ["network", "quantizer", "top-1", "drop", "standard error", "wins / losses", "agreement", "quantizing s",
          "memory MB", "verdict"]


def best_other(result, titles):
    """Name and drop of the other quantizer that costs least, or None."""
    drops = {n: r["drop"] for n, r in result["results"].items() if not titles[n][1] and "drop" in r}
    return min(drops.items(), key=lambda item: item[1]) if drops else None


def verdict(result, name, titles):
    """Of one of ours: whether the bars hold, and whether another costs less. Empty for others and without a bar."""
    _, ours, family = titles[name]
    bar = result["bars"].get(family)
    found = result["results"][name]
    if not ours or not bar:
        return ""
    if "unavailable" in found:
        return "FAILED"
    said = []
    if found["drop"] > bar[0] + 1e-9:
        said.append(f"drop over {bar[0]}")
    if bar[1] and found["agreement"] < bar[1]:
        said.append(f"agreement under {bar[1]}")
    best = best_other(result, titles)
    if family == "int8" and best and best[1] < found["drop"] - 1e-9:
        within = found["drop"] - best[1] <= found["error"]
        said.append(f"{titles[best[0]][0]} loses less" + (", within the error" if within else ""))
    return "; ".join(said) or "pass"


def rows_of(found, titles):
    """The cells of all tables, a row a network and quantizer."""
    rows = []
    for result in found:
        rows.append([result["network"], f"none ({result['pictures']} pictures)", f"{result['top1']:.2f}",
                     *[""] * (len(HEADER) - 3)])
        for name, r in result["results"].items():
            title = titles[name][0]
            if "unavailable" in r:
                rows.append(["", title, "n/a", *[""] * (len(HEADER) - 4), verdict(result, name, titles)])
                continue
            rows.append(["", title, f"{r['top1']:.2f}", f"{r['drop']:+.2f}", f"{r['error']:.2f}",
                         f"{r['wins']} / {r['losses']}", f"{r['agreement']:.2f}", f"{r['seconds']:.1f}",
                         f"{r['peak'] / 1e6:.0f}" if r["peak"] else "-", verdict(result, name, titles)])
    return rows


def _notes(found, titles):
    return [f"{r['network']}: {titles[n][0]} not available: {q['unavailable']}"
            for r in found for n, q in r["results"].items() if "unavailable" in q]


def markdown(found, titles):
    """The tables and whether everything of ours that has a bar passed."""
    verdicts = [v for r in found for n in r["results"] if (v := verdict(r, n, titles))]
    lines = [wt.table(rows_of(found, titles), HEADER), "",
             f"{sum(v == 'pass' for v in verdicts)} of {len(verdicts)} bars hold." if verdicts else "No bars.",
             *[f"- {note}" for note in _notes(found, titles)]]
    return "\n".join(lines), all(v == "pass" for v in verdicts)


def html(found, titles):
    """The same as a page, with a bar for each drop beside it."""
    cell = lambda text: f"<td>{markup.escape(str(text))}</td>"
    body = []
    for row in rows_of(found, titles):
        width = min(200, 40 * abs(float(row[3]))) if row[3] else 0
        colour = "#c0392b" if row[3].startswith("+") else "#2e8b57"
        kind = "bad" if row[-1] not in ("", "pass") else "head" if row[0] else ""
        body.append(f'<tr class="{kind}">{"".join(map(cell, row))}'
                    f'<td><div style="width:{width:.0f}px;height:10px;background:{colour}"></div></td></tr>')
    notes = "".join(f"<li>{markup.escape(note)}</li>" for note in _notes(found, titles))
    heads = "".join(f"<th>{markup.escape(h)}</th>" for h in [*HEADER, "drop, 40 pixels a point"])
    return ("<!DOCTYPE html><html lang=\"en\"><meta charset=\"utf-8\"><title>Accuracy after quantization</title><style>"
            "body{font:14px sans-serif;margin:2em}td,th{padding:2px 8px;text-align:left}.head td{font-weight:bold;"
            "border-top:1px solid #888}.bad td{color:#c0392b}</style><h1>Accuracy after quantization</h1><table><tr>"
            f"{heads}</tr>{''.join(body)}</table><ul>{notes}</ul></html>\n")

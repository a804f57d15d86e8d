"""The results as a picture."""
import html
import math

ROW = 18
LEFT = 250
WIDTH = 560
COLOURS = {"stoa": "#1f6f8b", "stoa-2": "#3a9bbf", "stoa-many": "#1f6f8b", "bare": "#9aa5ab"}
OTHERS = "#d9a441"


def svg(results):
    """Rates on a logarithmic axis, one bar per server, with the spread of its runs as a line."""
    rated = {name: scenario["servers"] for name, scenario in results.items()
             if scenario["unit"] == "rate"
             and any("median" in summary for summary in scenario["servers"].values())}
    rows = [(scenario, server, summary) for scenario, servers in rated.items()
            for server, summary in servers.items() if "median" in summary]
    if not rows:
        return '<svg xmlns="http://www.w3.org/2000/svg"/>\n'
    low = 10 ** math.floor(math.log10(min(summary["min"] for _, _, summary in rows)))
    high = 10 ** math.ceil(math.log10(max(summary["max"] for _, _, summary in rows)))
    bottom = 30 + ROW * (len(rows) + len(rated))
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + WIDTH + 110}" '
             f'height="{bottom + 30}" font-family="sans-serif" font-size="12">',
             '<rect width="100%" height="100%" fill="white"/>']
    parts += _grid(low, high, bottom)
    y, last = 30, None
    for scenario, server, summary in rows:
        if last not in (None, scenario):
            y += ROW
        parts += _bar(y, scenario if scenario != last else "", server, summary, low, high)
        y, last = y + ROW, scenario
    return "\n".join([*parts, "</svg>", ""])


def _x(value, low, high):
    share = (math.log10(value) - math.log10(low)) / (math.log10(high) - math.log10(low))
    return LEFT + WIDTH * share


def _grid(low, high, bottom):
    parts, value = [], low
    while value <= high:
        x = _x(value, low, high)
        parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="22" y2="{bottom}" stroke="#e3e7e9"/>')
        parts.append(f'<text x="{x:.1f}" y="14" text-anchor="middle" fill="#667">'
                     f'{value:,.0f}/s</text>')
        value *= 10
    return parts


def _bar(y, scenario, server, summary, low, high):
    end = _x(summary["median"], low, high)
    middle = y + ROW / 2
    return [
        f'<text x="8" y="{y + 13}" font-weight="bold">{html.escape(scenario)}</text>',
        f'<text x="{LEFT - 8}" y="{y + 13}" text-anchor="end">{html.escape(server)}</text>',
        f'<rect x="{LEFT}" y="{y + 2}" width="{end - LEFT:.1f}" height="{ROW - 4}" '
        f'fill="{COLOURS.get(server, OTHERS)}"/>',
        f'<line x1="{_x(summary["min"], low, high):.1f}" x2="{_x(summary["max"], low, high):.1f}" '
        f'y1="{middle}" y2="{middle}" stroke="black"/>',
        f'<text x="{max(end, _x(summary["max"], low, high)) + 6:.1f}" y="{y + 13}">'
        f'{summary["median"]:,.0f}</text>']

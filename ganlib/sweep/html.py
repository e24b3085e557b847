"""The report of a sweep as one HTML file: parallel coordinates of the trials, what matters, the best grids side by side.

It needs no server. A line of the coordinates is a link to its trial's row.
"""

import base64
import json
from html import escape
from typing import TYPE_CHECKING

from ganlib.runs.run import Run
from ganlib.sweep import coordinates, files, report, space
from ganlib.sweep.study import Study
from ganlib.sweep.training import folder_of

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial

BEST = 6  # grids side by side
STYLE = """
:root { color-scheme: light dark; --ink: light-dark(#222, #ddd); --edge: light-dark(#767676, #9a9a9a);
    --paper: light-dark(#fff, #16181c); }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); margin: 2rem auto; max-width: 70rem;
    padding: 0 1rem; }
pre { white-space: pre-wrap; }
.wide { overflow-x: auto; }
.grids { display: flex; flex-wrap: wrap; gap: 1rem; }
figure { margin: 0; flex: 0 1 20rem; }
figure img { width: 100%; image-rendering: pixelated; }
table { border-collapse: collapse; }
th, td { padding: .2rem .8rem .2rem 0; text-align: left; vertical-align: top; }
td.number { font-variant-numeric: tabular-nums; }
tr:target { outline: 2px solid var(--ink); }
.bar { background: var(--ink); height: .8rem; min-width: 1px; }
"""
WORDS = {  # of the coordinates
    "sweep_coordinates": "Settings and {measure} of {lines} trials",
    "sweep_line": "trial {trial}, {state}: {measure} {value}",
    "sweep_line_begun": "trial {trial}, {state}",
    "sweep_from": "{axis}: from",
    "sweep_to": "{axis}: to",
    "sweep_kept": "{kept} of {all} trials",
    "sweep_all": "Show all",
    **{f"sweep_{state}": state for state in report.STATES.values()},
}
BEGIN = """
const [words, data] = [{words}, {data}];
const rows = [...document.querySelectorAll("tr[id]")];
const draw = coordinates(document.querySelector("#lines"), {{
  word: (key, values) => words[key].replace(/\\{{(\\w+)\\}}/g, (_, name) => values[name]),
  href: (trial) => `#trial-${{trial}}`,
  narrowed: (kept) => rows.forEach((row) => {{ row.hidden = kept && !kept.has(Number(row.id.slice(6))); }}),
}});
draw(data);
"""


def document(study: Study) -> str:
    """Returns the whole file."""
    trials = report.ranked(study)
    name = escape(study.sweep.name)
    parts = [
        f"<h1>Sweep {name}</h1>",
        *map(_said, report.summary(study)),
        _coordinates(study, trials),
        _importances(study),
        _grids(study, trials),
        _table(study, trials),
    ]
    head = f"<meta charset=utf-8><meta name=viewport content='width=device-width'><title>Sweep {name}</title>"
    style = files.STYLE.read_text(encoding="utf-8")
    opening = f"<!doctype html><html lang=en><head>{head}<style>{STYLE}{style}</style></head><body>"
    return "\n".join([opening, *parts, "</body></html>\n"])


def _said(sentence: str) -> str:
    tag = "pre" if sentence.startswith("python ") else "p"
    return f"<{tag}>{escape(sentence)}</{tag}>"


def _coordinates(study: Study, trials: "list[FrozenTrial]") -> str:
    """Draws a line for each trial: its settings, and how good it was. The ranges chosen on its axes leave rows of the table."""
    shown = coordinates.data(study, trials)
    if not shown["lines"]:
        return ""
    script = files.SCRIPT.read_text(encoding="utf-8")
    begin = BEGIN.format(words=_json(WORDS), data=_json(shown))
    told = "Each line is a trial, from its settings to how good it was: the better, the stronger; dashed ones ended early."
    return f"<h2>Settings</h2><p>{told}</p><div id=lines></div><script type=module>{script}{begin}</script>"


def _json(value: object) -> str:
    """Returns JavaScript for a value, which can't end the script that it stands in."""
    return json.dumps(value, ensure_ascii=False).replace("<", "\\u003c")


def _importances(study: Study) -> str:
    shares = study.importances()
    if not shares:
        return ""
    rows = [
        f"<tr><th>{escape(field)}<td class=number>{share:.0%}<td><div class=bar style='width:{20 * share:.2f}rem'></div>"
        for field, share in shares.items()
    ]
    told = "How much each setting decides which trials are good (PED-ANOVA, of the finished trials)."
    return f"<h2>What matters</h2><p>{told}</p><table>{''.join(rows)}</table>"


def _grids(study: Study, trials: "list[FrozenTrial]") -> str:
    """Returns the last grids of the best trials, with the same latents in each."""
    figures = []
    for trial in [trial for trial in trials if trial.state.name == "COMPLETE"][:BEST]:
        folder = folder_of(study.sweep, trial.number)
        grids = Run.open(folder).grids() if folder.is_dir() else []  # a run of another machine isn't here
        if grids:
            picture = base64.b64encode(grids[-1].path.read_bytes()).decode()
            settings = " ".join(f"{field}={text}" for field, text in space.settings(study.sweep.space, trial.params))
            caption = f"trial {trial.number}: {study.sweep.figure.name} {trial.value:.4g}"
            figures.append(
                f"<figure><img alt='{escape(caption, True)}' src='data:image/webp;base64,{picture}'>"
                f"<figcaption>{escape(caption)}<br>{escape(settings)}</figcaption></figure>"
            )
    return f"<h2>The best, from the same latents</h2><div class=grids>{''.join(figures)}</div>" if figures else ""


def _table(study: Study, trials: "list[FrozenTrial]") -> str:
    head, *rows = report.table(study)
    lines = ["".join(f"<td class=number>{escape(cell)}" for cell in row) for row in rows]
    listed = "".join(f"<tr id=trial-{trial.number}>{line}" for trial, line in zip(trials, lines, strict=True))
    heads = "".join(f"<th>{escape(cell)}" for cell in head)
    return f"<h2>Trials</h2><div class=wide><table><tr>{heads}{listed}</table></div>"

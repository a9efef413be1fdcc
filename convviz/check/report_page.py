"""A check's report as HTML: both maps, the wrong cells marked, and the step of the one that is chosen.

It needs no script: each wrong cell is a radio button, and style sheets show the step that belongs to the checked one. What
the report says in words is on the page as well, so nothing is lost where styles are stripped.
"""

import base64
from html import escape

from convviz.check.report_text import (
    MAP,
    PHRASES,
    cell_line,
    cell_name,
    count_lines,
    explanation_lines,
    layout_lines,
    map_text,
    right_line,
    shape_lines,
    slip_line,
)
from convviz.render.svg import svg

__all__ = ["html"]

#: How many steps of wrong cells are drawn, and how many maps.
STEPS, MAPS = 20, 4

WORDS = {
    "en": {
        "answer": "Answer",
        "right": "Right",
        "filter": "filter {}",
        "image": "image {}",
        "choose": "Choose a marked cell to see its step.",
        "first": "Steps of the first {} wrong cells can be chosen.",
        "large": "The maps are too large to be shown; choose a wrong cell to see its step.",
    },
    "ja": {
        "answer": "答え",
        "right": "正解",
        "filter": "フィルタ {}",
        "image": "画像 {}",
        "choose": "印の付いたセルを選ぶと計算が表示されます。",
        "first": "最初の {} 個の間違いの計算を選べます。",
        "large": "特徴マップが大きいため表示していません。間違ったセルを選ぶと計算が表示されます。",
    },
}

STYLE = """
.cvr{font:15px/1.5 system-ui,sans-serif;color:var(--jp-content-font-color1,CanvasText);max-width:60em}
.cvr .maps{display:flex;flex-wrap:wrap;gap:1.5em;margin:.5em 0}
.cvr table{border-collapse:collapse;margin:0;font-variant-numeric:tabular-nums}
.cvr caption{text-align:left;padding-bottom:.3em}
.cvr td{border:1px solid #8a8a8a;padding:0;text-align:right;min-width:2.6em;background:#fff;color:#1a1a1a}
.cvr td>span,.cvr td>label{display:block;padding:.25em .5em}
.cvr td.wrong{background:#ffd2bf;outline:3px solid #c24e00;outline-offset:-3px;font-weight:bold}
.cvr td.mended{background:#bfe3d3;font-weight:bold}
.cvr td.blank{background:#f0f0f0}
.cvr label{cursor:pointer}
.cvr .choice{display:inline-block;border:1px solid #c24e00;border-radius:4px;padding:.1em .5em;margin:.15em}
.cvr input{position:absolute;opacity:0}
.cvr label:has(input:focus-visible){outline:3px solid #0072b2}
.cvr label:has(input:checked){background:#c24e00;color:#fff}
.cvr .step{display:none;margin:.6em 0}
.cvr .step img{max-width:100%;height:auto;display:block;margin-top:.4em;background:#fff}
.cvr p{margin:.3em 0}
"""


def html(report):
    """A report as a piece of HTML.

    Parameters
    ----------
    report : convviz.check.CheckReport

    Returns
    -------
    str

    Examples
    --------
    >>> import convviz as cv
    >>> page = html(cv.Convolution([[1, 2]]).check([[3, 4, 5]], [[11, 41]]))
    >>> page.count("<table"), page.count('type="radio"'), "Two digits were swapped." in page
    (2, 1, True)
    """
    names = PHRASES[report.lang]
    if report.wrong is None:
        return wrapped(paragraphs(shape_lines(report, names)))
    if report:
        return wrapped(paragraphs([right_line(report, names), *layout_lines(report, names)]))
    steps = report.cells[:STEPS]
    shown = "".join(
        f'.cvr form:has(input[value="{number}"]:checked) .step{number}{{display:block}}' for number in range(len(steps))
    )
    body = paragraphs([*count_lines(report, names), *layout_lines(report, names), *explanation_lines(report, names)])
    words = WORDS[report.lang]
    if max(report.right.shape[1:3]) > MAP:
        body += f"<p>{words['large']}</p><p>{choices(report, names)}</p>"
    else:
        body += f'<div class="maps">{maps(report)}</div><p>{words["choose"]}'
        body += f" {words['first'].format(STEPS)}</p>" if report.wrong.sum() > STEPS else "</p>"
    body += "".join(step(report, cell, number, names) for number, cell in enumerate(steps))
    return wrapped(f"<form>{body}</form>", shown)


def wrapped(body, more_style=""):
    """The piece with its style sheet."""
    return f'<div class="cvr"><style>{STYLE}{more_style}</style>{body}</div>'


def paragraphs(lines):
    """Lines of text as paragraphs."""
    return "".join(f"<p>{escape(line.strip())}</p>" for line in lines)


def choices(report, names):
    """The wrong cells to choose from by name, where the maps are too large to be shown."""
    return " ".join(
        f'<label class="choice">{radio(number)}{escape(cell_name(report, cell, names))}</label>'
        for number, cell in enumerate(report.cells[:STEPS])
    )


def radio(number):
    """The button that chooses a wrong cell; the first is chosen at the start."""
    return f'<input type="radio" name="cell" value="{number}"{" checked" if number == 0 else ""}>'


def maps(report):
    """The answer and the right map beside each other, for each channel with wrong cells."""
    planes = sorted({(cell.batch, cell.channel) for cell in report.cells})[:MAPS]
    return "".join(table(report, plane, right) for plane in planes for right in (False, True))


def table(report, plane, right):
    """The answer, or the right map, of one channel as a table."""
    n, channel = plane
    names = WORDS[report.lang]
    where = [names["filter"].format(channel)] if report.right.shape[3] > 1 else []
    where += [names["image"].format(n)] if report.right.shape[0] > 1 else []
    rows = "".join(row(report, n, y, channel, right) for y in range(report.right.shape[1]))
    title = ", ".join([names["right" if right else "answer"], *where])
    return f"<table><caption>{escape(title)}</caption>{rows}</table>"


def row(report, n, y, channel, right):
    """One row of a map."""
    chosen = {(c.batch, *c.position, c.channel): number for number, c in enumerate(report.cells[:STEPS])}
    parts = []
    for x in range(report.right.shape[2]):
        place = n, y, x, channel
        text = escape(map_text((report.right if right else report.answer)[place], report.right[place], report.wrong[place]))
        if right:
            kind, inside = "mended" if report.wrong[place] else "", f"<span>{text}</span>"
        elif not report.filled[place]:
            kind, inside = "blank", "<span>&nbsp;</span>"
        elif place in chosen:
            inside = f"<label>{radio(chosen[place])}{text}</label>"
            kind = "wrong"
        else:
            kind, inside = "wrong" if report.wrong[place] else "", f"<span>{text}</span>"
        parts.append(f'<td class="{kind}">{inside}</td>' if kind else f"<td>{inside}</td>")
    return f"<tr>{''.join(parts)}</tr>"


def step(report, cell, number, names):
    """What a wrong cell should be, the slips that explain it, and the picture of its step."""
    lines = [cell_line(report, cell, names)]
    lines += [slip_line(cell.slips, cell.answered, names, report.lang)] if cell.slips else []
    scene = report.trace.scene(cell.index, report.lang)
    picture = svg(scene, size=(640, round(640 * scene.stage.height / scene.stage.width)))
    address = "data:image/svg+xml;base64," + base64.b64encode(picture.encode()).decode()
    image = f'<img src="{address}" alt="{escape(scene.frame.spoken, quote=True)}">'
    return f'<div class="step step{number}">{paragraphs(lines)}{image}</div>'

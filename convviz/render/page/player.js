// The step-through player: draws the steps of a trace as SVG, from data that stands in the page beside this script.
// player.py takes comment lines and needless blanks out before it puts the script into a page. That needs three habits:
// a comment has a line of its own, strings have double quotes or backticks and regular expressions no blanks, and every
// statement ends with a semicolon. What only some pages need stands in files of its own, which player.py puts in the
// place that is marked near the end; each adds a function to `parts`, which gets the `player` and replaces what it does.
(() => {
  // How long a step stands at speed 1, and how long an outline moves.
  const MILLISECONDS = 800, SLIDE = 350;
  const ICONS = { play: "M7 4v16l13-8z", pause: "M6 4h4v16H6zM14 4h4v16h-4z", back: "M16 5v14L6 12z", next: "M8 5v14l10-7z" };
  // Around a window in a picture: the width of the paper along its outline, and how far the outline is open at least.
  // A mount of fewer pixels is narrow, if the data do not say another number.
  const NARROW = 480;
  // The height of the titles of grids; on a narrow screen at least this part of the width.
  const TITLE = 16.8, TITLE_PART = 0.031;
  const CASING = 1.2, LEAST_RING = 12;
  const HATCH = [[0, .33, .33, 0], [0, .67, .67, 0], [0, 1, 1, 0], [.33, 1, 1, .33], [.67, 1, 1, .67]];
  // Custom properties of the page around: Jupyter's and VS Code's. Where there are none, the paper is the theme's.
  const CSS = `
    .convviz{background:var(--jp-layout-color1,var(--vscode-editor-background,transparent))}
    .cv-body{background:var(--cv-paper);color:var(--cv-text);font:15px/1.5 var(--cv-fonts);padding:8px;text-align:left;
      container-type:inline-size;position:relative}
    [data-theme=auto]>.cv-body{background:var(--jp-layout-color1,var(--vscode-editor-background,var(--cv-paper)))}
    .cv-body>svg{display:block;width:100%;height:auto;margin:0 auto;user-select:none;-webkit-user-select:none;
      touch-action:manipulation;fill:var(--cv-text);text-anchor:middle}
    .cv-body text{font-family:var(--cv-fonts)}
    .cv-faint{fill:var(--cv-faint)}
    .cv-strong{font-weight:700}
    .cv-grid rect{stroke:var(--cv-edge)}
    .cv-grid>rect{fill:none}
    .cv-grid .cv-frame{fill:transparent;stroke:none}
    .cv-grid g:focus{outline:none}
    .cv-grid g:focus-visible>rect{stroke:var(--cv-mark-lit);stroke-width:5}
    .cv-hatch{display:none;stroke:var(--cv-edge);opacity:.6}
    .cv-veil{fill:var(--cv-veil);opacity:.65}
    .cv-over{fill:none;stroke:var(--cv-lit);opacity:.55}
    .cv-casing,.cv-mark{fill:none;stroke-linejoin:round}
    .cv-casing{stroke:var(--cv-paper)}
    .cv-jump{cursor:pointer}
    .cv-weights{cursor:help}
    .cv-controls{display:flex;flex-wrap:wrap;align-items:center;gap:8px;max-width:900px;margin:8px auto 0}
    .cv-controls[hidden]{display:none}
    .cv-controls>*{box-sizing:border-box;height:40px;min-width:40px;margin:0;padding:0 8px;border-radius:6px;font:inherit;
      border:1px solid var(--cv-edge);background:var(--cv-cell);color:var(--cv-text);cursor:pointer}
    .cv-controls>:first-child{min-width:56px}
    .cv-controls svg{display:block;width:22px;height:22px;margin:auto;fill:currentColor;pointer-events:none}
    .cv-controls>input{flex:1 1 140px;padding:0;accent-color:var(--cv-mark-lit)}
    .cv-controls>.cv-count{border:0;background:none;padding:0;line-height:40px;text-align:right;cursor:auto;
      font-variant-numeric:tabular-nums;white-space:nowrap}
    .cv-controls>:focus-visible{outline:3px solid var(--cv-mark-lit);outline-offset:2px}
    .cv-body>p{margin:8px 0 0;color:inherit}
    .cv-body>.cv-live{position:absolute;bottom:0;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
    @container(min-width:640px){.cv-spoken{display:none}}
    @container(max-width:480px){
      .cv-controls>input{order:-1;flex-basis:100%}
      .cv-controls{position:sticky;bottom:0;background:var(--cv-paper)}
    }
  `;

  // Elements of HTML and of SVG.
  const fill = (element, attributes, children) => {
    for (const key in attributes) element.setAttribute(key, attributes[key]);
    element.append(...children);
    return element;
  };
  const html = (name, attributes, ...children) => fill(document.createElement(name), attributes, children);
  const draw = (name, attributes, ...children) =>
    fill(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
  const icon = (d) => draw("svg", { viewBox: "0 0 24 24" }, draw("path", { d }));
  const words = (template, ...values) => template.replace(/{(\d)}/g, (_, i) => values[i]);
  const list = (texts) => (typeof texts == "string" ? texts.split("|") : texts);

  // Custom properties for the colours of the themes, and the rules by which cells of a role use them.
  const colours = ({ fonts, roles, marks, looks, bold, dashed, hatched }) => {
    const names = ["paper", "text", "faint", "edge", ...marks.map((role) => `mark-${role}`),
      ...roles.flatMap((role) => [role, `${role}-text`]), "veil"];
    const themes = looks.map(([scheme, hex], i) => `.convviz${i ? ".cv-dark" : ""}{color-scheme:${scheme};--cv-fonts:${fonts};`
      + names.map((name, k) => `--cv-${name}:#${hex.substr(6 * k, 6)}`).join(";") + "}");
    const rules = (some, make) => some.map((role) => make(`.cv-${role}>`, `var(--cv-${role}`));
    return [...themes,
      ...rules(roles, (cell, colour) => `${cell}rect{fill:${colour})}${cell}text{fill:${colour}-text)}`),
      ...rules(bold, (cell) => `${cell}text{font-weight:700}`),
      ...rules(dashed, (cell) => `${cell}rect{stroke-dasharray:.6 .4;stroke-dashoffset:.3}`),
      ...rules(hatched, (cell, colour) =>
        `${cell}path{display:inline}${cell}text{stroke:${colour});stroke-width:5;paint-order:stroke}`),
    ].join("");
  };

  // Where cells of a grid stand, and the step that one belongs to: Grid.step_of of convviz/stage/scene.py.
  const rowOf = (grid, index) => Math.floor(index / grid.columns);
  const columnOf = (grid, index) => index % grid.columns;
  const placeOf = ({ x, y, pitch }, row, column, rows, columns) =>
    ({ x: x + column * pitch, y: y + row * pitch, width: columns * pitch, height: rows * pitch });
  const stepOf = (grid, index) => (grid.first == null ? null
    : grid.first + (grid.when ? grid.when[0][rowOf(grid, index)] + grid.when[1][columnOf(grid, index)] : index));

  // How many cells, in row order, are there at a step: Grid.reached, by halving, since a photograph has many cells.
  const reached = (grid, step) => {
    let low = 0, high = grid.rows * grid.columns;
    if (!grid.reveals || grid.first == null) return high;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (stepOf(grid, middle) <= step) low = middle + 1;
      else high = middle;
    }
    return low;
  };

  // A cell of the result whose number comes with the step `own`, at another step.
  const known = (own, step, text) => (own <= step ? [text, "done"] : ["", "pending"]);

  // What a cell shows at a step: Scene.cell of convviz/stage/scene.py, rule for rule.
  const resolve = (player, grid, index, step, [newText = null, newRole = null, note = ""] = []) => {
    let text = grid.texts ? grid.texts[index] : "";
    let role = grid.roles ? grid.roles[index] : "cell";
    const past = grid.history[index];
    if (past) {
      const last = past.filter(([start]) => start <= step).pop();
      [text, role] = last ? player.known(last[0], step, last[1]) : ["", "pending"];
    } else if (grid.reveals && grid.first != null) [text, role] = player.known(stepOf(grid, index), step, text);
    return [newText ?? text, newRole ?? role, note ?? ""];
  };

  // Numbers of cells; those of a rectangle are sent as [[row, column, rows, columns]].
  const cellsOf = (grid, indices) => {
    if (!indices[0].length) return indices;
    const [row, column, rows, columns] = indices[0];
    return Array.from({ length: rows * columns }, (_, i) =>
      (row + Math.floor(i / columns)) * grid.columns + column + i % columns);
  };

  // The replacements of a step, per grid: {cell index: [text, role, note]}, with null for what stays.
  const changesOf = (moment, grids, roles) => {
    const changes = grids.map(() => ({}));
    for (const [grid, role, indices, ...rest] of moment.c ?? []) {
      const [texts, notes] = rest.map(list);
      cellsOf(grids[grid], indices).forEach((index, i) => {
        changes[grid][index] = [texts ? texts[i] : null, roles[role] ?? null, notes ? notes[i] : null];
      });
    }
    return changes;
  };

  // Rows or columns that a weight meets are sent as [first, step, count].
  const holds = ([first, step, count], place) =>
    place >= first && place < first + step * count && (place - first) % step == 0;

  // Captions, arrows and outlines.
  const write = (element, text, x, size) => element.replaceChildren(...text.split("\n").map((line, i) =>
    (i ? draw("tspan", { x, dy: 1.35 * size }, line || " ") : line)));
  const caption = ([x, y, text, size, anchor, role]) => {
    const element = draw("text", { x, y: y + 0.35 * size, "font-size": size, "text-anchor": anchor, class: `cv-${role}` });
    write(element, text, x, size);
    return element;
  };
  const title = (size) => ({ title: text, x, y, columns, pitch, hue }) => {
    const element = caption([x + columns * pitch / 2, y - 16 - 22.68 * (text.split("\n").length - 1), text, size, "middle", "title"]);
    if (hue) element.style.fill = `var(--cv-mark-${hue})`;
    return element;
  };
  const arrow = ([x1, y1, x2, y2, role = "window", headed]) => {
    const length = Math.hypot(x2 - x1, y2 - y1) || 1, back = headed ? Math.min(10.4, length) : 0;
    const across = (x2 - x1) / length, down = (y2 - y1) / length, x = x2 - back * across, y = y2 - back * down;
    const points = [x2, y2, x - 4.4 * down, y + 4.4 * across, x + 4.4 * down, y - 4.4 * across].join(" ");
    const colour = `var(--cv-mark-${role},var(--cv-mark-link))`;
    const line = draw("line", { x1, y1, x2: x, y2: y, style: `stroke:${colour};stroke-width:2` });
    return draw("g", {}, line, ...(back ? [draw("polygon", { points, style: `fill:${colour}` })] : []));
  };
  // Outlines run outside the cells, so that small ones are not covered: as in convviz/render/svg.py, rule for rule.
  const outline = (grid, row, column, rows, columns, role) => {
    const place = placeOf(grid, row, column, rows, columns), casing = grid.texts ? 0 : CASING;
    const thick = casing || grid.pitch >= 24 ? 3.2 : 2, width = Math.max(place.width, casing && LEAST_RING);
    const height = Math.max(place.height, casing && LEAST_RING), gap = casing + thick / 2;
    const box = { x: place.x + (place.width - width) / 2 - gap, y: place.y + (place.height - height) / 2 - gap,
      width: width + 2 * gap, height: height + 2 * gap };
    const ring = (name, style) => draw("rect", { ...box, class: name, style });
    return [...(casing ? [ring("cv-casing", `stroke-width:${thick + 2 * casing}`)] : []),
      ring("cv-mark", `stroke:var(--cv-mark-${role == "window" && grid.hue || role},var(--cv-mark-window));stroke-width:${thick}`)];
  };

  // One cell: its elements, and a function that paints what it shows and touches only what differs from before.
  const makeCell = (grid, index) => {
    const row = rowOf(grid, index), column = columnOf(grid, index), side = grid.pitch;
    const place = placeOf(grid, row, column, 1, 1), { x, y } = place;
    const letters = (size) => draw("text", { x: x + side / 2, "font-size": size });
    const label = letters(grid.font), square = draw("rect", { ...place, pathLength: 20 });
    const group = draw("g", { "data-row": row, "data-column": column }, square, label);
    let shown = ["", "", ""], note = null, hatch = null;
    const paint = (now, hatched) => {
      const [text, role, remark] = now;
      if (now.every((value, i) => value === shown[i])) return;
      if (text !== shown[0]) label.textContent = text;
      if (role !== shown[1]) {
        group.setAttribute("class", `cv-${role}`);
        group.dataset.role = role;
        if (hatched.includes(role) && !hatch) {
          const d = HATCH.map(([a, b, c, e]) => `M${x + a * side} ${y + b * side}L${x + c * side} ${y + e * side}`);
          hatch = draw("path", { class: "cv-hatch", d: d.join("") });
          square.after(hatch);
        }
      }
      if (remark !== shown[2]) {
        if (!note) group.append(note = letters(grid.note));
        note.setAttribute("y", y + 0.21 * side + 0.35 * grid.note);
        note.textContent = remark;
      }
      label.setAttribute("y", y + (remark ? 0.62 : 0.5) * side + 0.35 * grid.font);
      shown = now;
    };
    return { group, paint };
  };

  // A grid: its cells, or its picture with the veil over the part that is still to come.
  const makeGrid = (grid) => {
    const place = placeOf(grid, 0, 0, grid.rows, grid.columns);
    const root = draw("g", { class: "cv-grid", "data-grid": grid.name });
    root.append(grid.frame = draw("rect", { ...place, class: "cv-frame" }));
    if (grid.first != null) root.classList.add("cv-jump");
    if (grid.meets) root.classList.add("cv-weights");
    if (grid.image) {
      const picture = draw("image", { ...place, preserveAspectRatio: "none", href: grid.image });
      if (grid.crisp) picture.style.imageRendering = "pixelated";
      grid.veil = draw("path", { class: "cv-veil" });
      grid.over = draw("path", { class: "cv-over" });
      root.append(picture, grid.veil, grid.over, draw("rect", place));
    }
    grid.cells = (grid.texts ?? []).map((_, index) => makeCell(grid, index));
    root.append(...grid.cells.map(({ group }) => group));
    return root;
  };
  const paintPicture = (grid, count) => {
    const { x: left, y: top, pitch: side, rows, columns } = grid, all = rows * columns;
    const from = left + columnOf(grid, count) * side, y = top + rowOf(grid, count) * side;
    grid.veil.setAttribute("d", count < all
      ? `M${from} ${y}H${left + columns * side}V${top + rows * side}H${left}V${y + side}H${from}z` : "");
  };
  // The cells that a weight meets, over a picture: stripes of rows that follow each other, or of single rows where the
  // window leaps, and dashes where it leaps over columns. So a photograph takes a few hundred lines, not a path of cells.
  const paintGlow = ({ x, y, pitch, over }, met) => {
    if (!met) return over.removeAttribute("d");
    const [[row, down, rows], [column, across, columns]] = met, high = down > 1 ? 1 : rows;
    const left = x + column * pitch, length = ((columns - 1) * across + 1) * pitch;
    fill(over, {
      // Of cells that lie apart and are smaller than the screen shows, a faint tint is left: the colour is then full.
      style: down * across > 1 && pitch < 3 ? "opacity:1" : "",
      "stroke-width": high * pitch,
      "stroke-dasharray": across > 1 ? `${pitch} ${(across - 1) * pitch}` : "none",
      d: Array.from({ length: rows / high }, (_, i) =>
        `M${left} ${y + (row + i * down + high / 2) * pitch}h${length}`).join(""),
    }, []);
  };

  // Dark where the paper behind the player is dark: Jupyter, VS Code, a slide or a page show it by their background.
  const isDark = (mount) => {
    const slide = mount.closest(".has-dark-background,.has-light-background");
    if (slide) return slide.classList.contains("has-dark-background");
    for (let element = mount; element; element = element.parentElement) {
      const [red, green, blue, alpha = 1] = getComputedStyle(element).backgroundColor.match(/[\d.]+/g).map(Number);
      if (alpha > 0.5) return 0.3 * red + 0.59 * green + 0.11 * blue < 128;
    }
    const scheme = getComputedStyle(document.documentElement).colorScheme;
    return scheme.includes("dark") && matchMedia("(prefers-color-scheme:dark)").matches;
  };
  const followTheme = (mount) => {
    // A weak reference, since a notebook often replaces its outputs: an observer must not keep those alive.
    const weak = new WeakRef(mount);
    const follow = () => {
      const player = weak.deref();
      if (player) player.classList.toggle("cv-dark", isDark(player));
      else observer.disconnect();
    };
    const observer = new MutationObserver(follow);
    const attributeFilter = ["class", "style", "data-jp-theme-light", "data-vscode-theme-kind"];
    for (const element of [document.documentElement, document.body]) observer.observe(element, { attributeFilter });
    matchMedia("(prefers-color-scheme:dark)").addEventListener("change", follow);
    follow();
  };

  const parts = [];
  const mountPlayer = (mount) => {
    const source = mount.querySelector("[type='application/json']"), notes = mount.querySelector(".cv-notes");
    const data = JSON.parse(source.textContent);
    const { grids, steps, moments, roles, say } = data;
    const last = steps.length - 1;
    // On a narrow screen the grids stand above each other; the sentence below says what captions say on others.
    const narrow = mount.clientWidth && mount.clientWidth < (data.least ?? NARROW) && data.narrow;
    if (narrow) {
      let places;
      [data.width, data.height, places] = narrow;
      grids.forEach((grid, i) => {
        const [x, y, factor = 1, note = 1, letters = factor] = places[i];
        Object.assign(grid, { x, y, pitch: grid.pitch * factor, font: grid.font * letters, note: grid.note * factor * note });
      });
      narrow[3].forEach((place, i) => Object.assign(data.texts[i], place));
    }
    for (const grid of grids) {
      if (grid.texts != null) grid.texts = list(grid.texts);
      grid.roles &&= [...grid.roles].map((letter) => roles[letter.charCodeAt() - 97]);
    }

    // The picture.
    const captions = data.texts.map(caption), moving = draw("g", { "pointer-events": "none" });
    const svg = draw("svg", { viewBox: `0 0 ${data.width} ${data.height}`, role: "group", "aria-label": data.title },
      ...grids.map(makeGrid), ...(narrow ? [] : data.links.map(arrow)), moving,
      ...grids.map(title(narrow ? Math.max(TITLE, TITLE_PART * data.width) : TITLE)), ...captions);
    if (narrow) captions.forEach((text, i) => narrow[3][i] || text.remove());
    else if (data.page) svg.style.maxHeight = "calc(100vh - 150px)";
    else svg.style.maxWidth = `${data.width}px`;

    // The controls. JupyterLab leaves the keys to an element only if that very element has the attribute.
    const own = { "data-lm-suppress-shortcuts": "true" }, hint = { ...own, title: say.keys };
    const button = (name) => html("button", { ...hint, type: "button", "aria-label": say[name] }, icon(ICONS[name]));
    const play = button("play"), back = button("back"), next = button("next");
    const slider = html("input", { ...hint, type: "range", max: last, value: 0, "aria-label": say.step });
    const count = html("span", { class: "cv-count", style: `min-width:${2 * `${data.count}`.length + 3}ch` });
    const speed = html("select", { ...own, title: say.speed, "aria-label": say.speed },
      ...[0.5, 1, 2, 4, 8, 16].map((factor) => html("option", { value: factor }, `${factor}×`)));
    speed.value = 1;
    const controls = html("div", { class: "cv-controls" }, play, back, slider, next, count, speed);
    controls.hidden = last < 1;
    const spoken = html("p", { class: "cv-spoken", "aria-hidden": "true" });
    const live = html("p", { class: "cv-live", "aria-live": "polite" });
    mount.replaceChildren(html("style", {}, colours(data) + CSS),
      html("div", { class: "cv-body", lang: data.lang }, svg, controls, spoken, notes ?? "", live), source);
    mount.classList.add("mounted");
    // Where a page has no heading but the one in the picture, that is it.
    const heading = captions.find((text) => text.textContent == data.title);
    if (data.page && !document.querySelector("h1")) {
      if (narrow) mount.prepend(html("h1", {}, data.title));
      else if (heading) fill(heading, { role: "heading", "aria-level": 1 }, []);
    } else if (narrow && heading && !data.page) svg.before(html("p", { class: "cv-strong" }, data.title));
    if (mount.dataset.theme == "auto") followTheme(mount);

    // Positions in `steps`: `at` is the one chosen, `preview` the one under the pointer; `lit` is the weight pointed at.
    let at = data.start ?? 0, preview = null, lit = null, timer = 0, announcing = 0;

    // Weights. Where they name no input, each step has its own: the n-th kernel meets what the n-th window outlines.
    const kernels = grids.filter(({ meets }) => meets);
    const metBy = (grid, index) => [grid.meets[1][rowOf(grid, index)], grid.meets[2][columnOf(grid, index)]];
    const targetOf = (grid, moment) => {
      const [name] = grid.meets;
      if (name != null) return grids.find((other) => other.name == name);
      const windows = (moment.m ?? []).filter(([, , , , , role]) => role == "window");
      return grids[windows[kernels.indexOf(grid)]?.[0]];
    };
    const label = (grid, index, text) => {
      const [[, , rows], [, , columns]] = metBy(grid, index), { group } = grid.cells[index];
      const name = words(say.weight, rowOf(grid, index), columnOf(grid, index), text, rows * columns);
      if (group.getAttribute("aria-label") != name) group.setAttribute("aria-label", name);
    };

    // An outline comes from where it was. Its place is that of its cells, so a page without motion is the same.
    let before = {};
    const slide = (from, to) => {
      const [x, y] = ["x", "y"].map((axis) => from.getAttribute(axis) - to.getAttribute(axis));
      if (x || y) to.animate({ transform: [`translate(${x}px,${y}px)`, "none"] }, { duration: Math.min(SLIDE, 400 / speed.value), easing: "ease-in-out" });
    };

    // What all steps say in the same words is sent once, as what comes before and after the rest.
    const whole = (name, text) => data.affixes[name].join(text);
    const show = () => {
      const position = preview ?? at, moment = player.moment(position), step = steps[position];
      const changes = player.edit(changesOf(moment, grids, roles), step), target = lit && targetOf(lit.grid, moment);
      grids.forEach((grid, g) => {
        const met = target == grid ? metBy(lit.grid, lit.index) : null;
        const glows = (index) => met && holds(met[0], rowOf(grid, index)) && holds(met[1], columnOf(grid, index));
        grid.cells.forEach((cell, index) => {
          const [text, role, note] = resolve(player, grid, index, step, changes[g][index]);
          cell.paint([text, glows(index) ? "lit" : role, grid.note ? note : ""], data.hatched);
          if (grid.meets) label(grid, index, text);
        });
        if (grid.image) {
          paintPicture(grid, player.reached(grid, step));
          paintGlow(grid, met);
        }
      });
      const rings = {}, still = preview != null || matchMedia("(prefers-reduced-motion:reduce)").matches;
      const marks = (moment.m ?? []).flatMap(([grid, ...place], m) => outline(grids[grid], ...place).map((ring, i) => {
        rings[[grid, place[4], m, i]] = ring;
        return ring;
      }));
      if (lit) marks.push(...outline(lit.grid, rowOf(lit.grid, lit.index), columnOf(lit.grid, lit.index), 1, 1, "lit"));
      moving.replaceChildren(...(narrow ? [] : moment.l ?? []).map((at) => arrow(data.lines[at])), ...marks);
      for (const key in still ? {} : rings) if (before[key]) slide(before[key], rings[key]);
      before = rings;
      // Notes and captions that other texts contain are sent once; \x02 and \x01 with a number refer to them.
      const terms = list((moment.c ?? []).find(([, , , , notes]) => notes)?.[4] ?? "").filter(Boolean).join(" + ");
      const texts = data.texts.map(([, , text], i) => (i in moment.t ? whole(i, moment.t[i]).replaceAll("\x02", terms) : text));
      data.texts.forEach(([x, , , size], i) => write(captions[i], texts[i], x, size));
      slider.value = position;
      slider.setAttribute("aria-valuetext", words(say.place, step + 1, data.count));
      count.textContent = [step + 1, data.count].map((number) => number.toLocaleString("en")).join(" / ");
      const sentence = whole("s", moment.s).replace(/\x01(\d+)/g, (_, i) => texts[i].replaceAll("\n", " "));
      spoken.textContent = sentence;
      mount.dataset.step = step;
      // A screen reader hears a step once it has stood for a moment, and nothing while the steps run by.
      clearTimeout(announcing);
      if (!timer && preview == null) announcing = setTimeout(() => live.textContent = sentence, 300);
      player.shown(moment);
    };

    // Playing and stepping.
    const face = (name) => {
      play.setAttribute("aria-label", say[name]);
      play.replaceChildren(icon(ICONS[name]));
    };
    const stop = () => {
      clearTimeout(timer);
      timer = 0;
      face("play");
    };
    const go = (position) => {
      at = Math.min(Math.max(position, 0), last);
      preview = null;
      show();
      player.moved();
    };
    const jump = (position) => {
      if (timer) stop();
      go(position);
    };
    const wait = () => {
      timer = setTimeout(() => {
        if (at + 1 < last && mount.isConnected) wait();
        else stop();
        player.played(at + 1);
        go(at + 1);
      }, MILLISECONDS / speed.value);
    };
    const toggle = () => {
      if (timer) return jump(at);
      face("pause");
      wait();
      const from = at < last ? at : 0;
      player.played(from);
      go(from);
    };
    // By a key from one place to the next; there may be places beyond the ends, and several places within a step.
    const stride = (by) => {
      const place = player.place() + by;
      if (place < 0 || place > player.places()) player.leave(by);
      else player.visit(place);
    };
    // The shown step that is nearest to a step of the trace.
    const nearest = (step) => steps.reduce((best, other, i) =>
      (Math.abs(other - step) < Math.abs(steps[best] - step) ? i : best), 0);
    play.onclick = toggle;
    back.onclick = () => jump(at - 1);
    next.onclick = () => jump(at + 1);
    slider.oninput = () => jump(+slider.value);

    // The weight pointed at or focused lights every cell that it is ever multiplied with.
    const light = (grid, index) => {
      if (lit?.grid == grid && lit?.index == index) return;
      lit = grid ? { grid, index } : null;
      show();
    };
    for (const grid of kernels) {
      grid.cells.forEach(({ group }, index) => {
        const row = rowOf(grid, index), column = columnOf(grid, index);
        fill(group, { ...own, tabindex: index ? -1 : 0, role: "img" }, []);
        group.onfocus = () => light(grid, index);
        group.onblur = () => light();
        // Arrow keys go from weight to weight, so that a kernel is one stop of the Tab key.
        group.onkeydown = (event) => {
          const move = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
          if (!move) return;
          event.preventDefault();
          event.stopPropagation();
          const down = row + move[0], across = column + move[1];
          if (Math.min(down, across) < 0 || down >= grid.rows || across >= grid.columns) return;
          group.tabIndex = -1;
          const other = grid.cells[down * grid.columns + across].group;
          other.tabIndex = 0;
          other.focus();
        };
      });
    }

    // The pointer. Places are measured, which serves cells and pictures alike.
    const under = ({ clientX, clientY }) => {
      for (const grid of grids.filter(({ first, meets, asks }) => first != null || meets || asks)) {
        const { left, top, width, height } = grid.frame.getBoundingClientRect();
        const { rows, columns } = grid;
        const column = Math.floor((clientX - left) / width * columns), row = Math.floor((clientY - top) / height * rows);
        if (Math.min(row, column) >= 0 && row < rows && column < columns) return [grid, row * columns + column];
      }
      return [];
    };
    const point = (grid, index) => {
      if (grid?.meets) light(grid, index);
      else light();
      const position = grid?.first != null && !timer ? nearest(stepOf(grid, index)) : null;
      if (position === preview) return;
      preview = position;
      show();
    };
    svg.onpointermove = (event) => {
      if (event.pointerType != "touch") point(...under(event));
    };
    svg.onpointerleave = () => point();
    // The slider takes the focus of a click on the picture: the arrow keys then work at once.
    svg.onmousedown = (event) => {
      event.preventDefault();
      slider.focus({ preventScroll: true });
    };
    svg.onclick = (event) => {
      const [grid, index] = under(event);
      if (!grid || player.click(grid, index)) return;
      if (grid.first != null) jump(nearest(stepOf(grid, index)));
      else if (grid.meets) light(grid, index);
    };

    // The keyboard. A key that is handled here must reach neither a notebook's shortcuts nor a slide show's.
    const press = (event) => {
      const target = event.target, key = event.key;
      if (event.ctrlKey || event.altKey || event.metaKey) return;
      const action = {
        ArrowLeft: () => stride(-1), ArrowRight: () => stride(1), Home: () => jump(0), End: () => jump(last),
        " ": toggle, Escape: () => target.blur(), ...player.keys,
      }[key];
      if (!action && target != speed) return;
      event.stopPropagation();
      // A list of choices and a button know what to do with their keys.
      const presses = (key == " " || key == "Enter") && target.localName == "button";
      if (key != "Escape" && (target == speed || presses)) return;
      event.preventDefault();
      action();
    };
    mount.onkeydown = press;
    // A page of its own takes the keys wherever the focus is.
    if (data.page) document.addEventListener("keydown", (event) => event.target == document.body && press(event));

    const player = {
      mount, data, grids, steps, last, own, svg, controls, slider, live, notes, keys: {}, jump, stride, known, reached,
      get at() { return at; },
      get playing() { return timer; },
      moment: (position) => moments[position],
      edit: (changes) => changes,
      place: () => at,
      places: () => last,
      visit: jump,
      leave: () => jump(at),
      click() {}, shown() {}, moved() {}, played() {},
    };
    for (const part of parts) part(player);
    show();
    return player;
  };

  // ---- parts ----
  // In this place stands, as `kind`, which parts they are, and then each of them.
  document.querySelectorAll(`.convviz[data-parts="${kind}"]:not(.mounted)`).forEach(mountPlayer);
})();

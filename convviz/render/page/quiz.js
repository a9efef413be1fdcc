// A quiz: a field over each cell of the feature map, judged without Python. A part of player.js, after numbers.js.
parts.push((player) => {
  const { mount, data, grids, svg, own } = player, { quiz } = data, { say } = quiz;
  const grid = grids.find(({ name }) => name == "output"), all = grid.rows * grid.columns;
  const places = Array.from({ length: all }, (_, index) => words(say.cell, rowOf(grid, index), columnOf(grid, index)));
  // The right numbers and what is said of wrong ones; compressed, so that they cannot be read in the page's source.
  const bytes = Uint8Array.from(atob(quiz.sealed), (letter) => letter.charCodeAt());
  const opening = new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"))).text().then((text) => {
    const { cells, answers, ...rule } = JSON.parse(text), value = (number) => readNumber(number).value;
    return {
      rule,
      cells: cells.map(([right, shown, slips]) =>
        ({ right: value(right), shown, slips: slips.map(([number, sentence]) => [value(number), sentence]) })),
      answers: answers.map(([numbers, sure, sentences]) => ({ numbers: numbers.map(value), sure, sentences })),
    };
  });

  mount.querySelector("style").append(`
    .cv-fields{position:absolute;display:grid;font-family:var(--cv-fonts)}
    .cv-fields input{box-sizing:border-box;width:100%;height:100%;min-width:0;margin:0;padding:0;border:1px solid var(--cv-edge);
      border-radius:0;background:var(--cv-cell);color:var(--cv-text);font:inherit;line-height:1;text-align:center;appearance:none}
    .cv-fields input:focus{outline:3px solid var(--cv-mark-lit);outline-offset:-2px;z-index:1}
    .cv-fields [data-state=right]{border:clamp(2px,.12em,3px) solid var(--cv-mark-channel-1,var(--cv-text));
      background:color-mix(in srgb,var(--cv-mark-channel-1,var(--cv-text)) 22%,var(--cv-paper))}
    .cv-fields [data-state=wrong]{border:clamp(2px,.12em,3px) dashed var(--cv-mark-window);
      background:color-mix(in srgb,var(--cv-mark-window) 30%,var(--cv-paper))}
    .cv-body>.cv-ask{position:static}
    .cv-ask>*{padding:0 16px}
    .cv-body>.cv-said{max-width:900px;min-height:3em;margin:8px auto 0;white-space:pre-line}
  `);
  const fields = places.map((place) => html("input", { ...own, type: "text", autocomplete: "off", autocapitalize: "off",
    spellcheck: "false", enterkeyhint: "next", "aria-label": place }));
  const sheet = html("div", { class: "cv-fields", role: "group", "aria-label": grid.title,
    style: `grid-template:repeat(${grid.rows},minmax(0,1fr))/repeat(${grid.columns},minmax(0,1fr))` }, ...fields);
  const button = (name) => html("button", { ...own, type: "button" }, say[name]);
  const hint = button("hint"), reveal = button("reveal"), clear = button("clear");
  const said = html("p", { class: "cv-said", role: "status", "aria-live": "polite" });
  svg.after(sheet);
  const spoken = mount.querySelector(".cv-spoken");
  spoken.after(html("div", { class: "cv-controls cv-ask" }, hint, reveal, clear), said);

  // Grids above each other are not made larger than usual: they would be higher than the screen.
  if (!svg.style.maxHeight && !svg.style.maxWidth) svg.style.maxWidth = `${data.width}px`;
  // The fields stand where the cells are, whatever the size of the picture; a slide may be shown enlarged.
  const fit = () => {
    const body = svg.parentNode, outer = body.getBoundingClientRect(), inner = grid.frame.getBoundingClientRect();
    if (!inner.width) return;
    const scale = body.offsetWidth / outer.width, cell = scale * inner.width / grid.columns;
    const sizes = { left: inner.left - outer.left, top: inner.top - outer.top, width: inner.width, height: inner.height };
    for (const side in sizes) sheet.style[side] = `${scale * sizes[side]}px`;
    // Letters as large as the picture's; longer texts are set smaller, that which is typed only as far as it can be read.
    const size = cell * grid.font / grid.pitch;
    for (const field of fields) {
      const wanted = 0.74 * cell / (0.6 * Math.max(field.value.length, 1));
      const letters = Math.min(size, Math.max(wanted, field.matches(":focus") ? 11 : 7));
      field.style.fontSize = `${letters}px`;
      // What does not fit into the cell stands over its neighbours, up to the edges of the picture.
      const wide = Math.max(cell, Math.min(0.64 * letters * field.value.length + 8, scale * outer.width));
      const middle = scale * (inner.left - outer.left) + (fields.indexOf(field) % grid.columns + 0.5) * cell;
      const left = Math.min(Math.max(middle - wide / 2, 0), scale * outer.width - wide);
      field.style.width = wide > cell ? `${wide}px` : "";
      field.style.marginLeft = wide > cell ? `${left + cell / 2 - middle}px` : "";
      field.style.zIndex = wide > cell ? 1 : "";
    }
  };
  const observer = new ResizeObserver(fit);
  for (const element of [svg, svg.parentNode]) observer.observe(element);
  for (const event of ["focusin", "focusout"]) sheet.addEventListener(event, () => requestAnimationFrame(fit));

  // What was typed is kept while the page is open, where the frame may keep something: by problem, the same problem in
  // another output by a number.
  const keys = [...document.querySelectorAll(".convviz")].map((other) => other.dataset.quiz);
  let copy = 0;
  while (keys.includes(`${quiz.key}.${copy}`)) copy += 1;
  mount.dataset.quiz = `${quiz.key}.${copy}`;
  const key = `convviz ${location.pathname} ${mount.dataset.quiz}`;
  const keep = () => {
    try {
      sessionStorage.setItem(key, JSON.stringify(fields.map((field) => field.value)));
    } catch {}
  };
  const kept = () => {
    try {
      const texts = JSON.parse(sessionStorage.getItem(key));
      return Array.isArray(texts) && texts.length == all ? texts.map(String) : null;
    } catch {
      return null;
    }
  };

  const tell = (...lines) => {
    said.textContent = lines.join("\n");
  };
  // Right or wrong, by colour, border and words; "" for neither.
  const mark = (index, state) => {
    const field = fields[index];
    field.dataset.state = state;
    if (state == "wrong") field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
    if (state) field.title = words(say[state], places[index]);
    else field.removeAttribute("title");
  };
  const typed = (index) => readNumber(fields[index].value).value;
  const isRight = (opened, index) => {
    const value = typed(index);
    return value !== undefined && countsAs(value, opened.cells[index].right, opened.rule);
  };
  const progress = (opened) => {
    const right = fields.filter((_, index) => isRight(opened, index)).length;
    return words(right == all ? say.done : say.left, ...(right == all ? [all] : [right, all]));
  };
  // The message for a text that is not a number, or that has two meanings.
  const unread = (index) => {
    const text = fields[index].value;
    return words(readNumber(text).ambiguous ? say.ambiguous : say.number, places[index], text);
  };
  const judged = fields.map(() => "");
  const judge = (opened, index) => {
    const text = fields[index].value, blank = !stripped(text);
    judged[index] = text;
    mark(index, blank ? "" : isRight(opened, index) ? "right" : "wrong");
    if (blank) return [];
    const { value } = readNumber(text);
    if (value === undefined) return [unread(index)];
    return [words(say[fields[index].dataset.state], places[index]), progress(opened)];
  };
  const commit = async (index) => {
    const text = fields[index].value;
    keep();
    if (judged[index] === text) return;
    const opened = await opening;
    if (fields[index].value === text && judged[index] !== text) tell(...judge(opened, index));
  };

  // Hints: a mistake that explains all that is filled in, or else one for each of the first wrong cells.
  const explained = ({ answers, rule }, filled) => answers.filter(({ numbers }) =>
    filled.every((index) => countsAs(typed(index), numbers[index], rule)));
  const ofAll = (found, full) => {
    const sentences = [...new Set(found.flatMap((answer) => answer.sentences))], [first, ...others] = sentences;
    const likely = full && found[0].sure ? say.likely : say.perhaps, more = others.length > 1 ? say.others : say.other;
    const named = others.slice(0, 3).join(" ");
    return [words(likely, first), say.whole,
      ...(others.length ? [others.length > 1 ? words(more, others.length, named) : words(more, named)] : [])];
  };
  const ofCell = ({ cells, rule }, index) => {
    const value = typed(index), slip = cells[index].slips.find(([number]) => countsAs(value, number, rule));
    return `${places[index]} (${stripped(fields[index].value)}): ${slip ? slip[1] : say.unexplained}`;
  };
  hint.onclick = async () => {
    const opened = await opening, indices = fields.map((_, index) => index);
    const filled = indices.filter((index) => typed(index) !== undefined);
    const wrong = filled.filter((index) => !isRight(opened, index));
    const unreadable = indices.filter((index) => typed(index) === undefined && stripped(fields[index].value));
    const first = unreadable.slice(0, 3).map(unread);
    if (!filled.length) return tell(...(first.length ? first : [say.no_hint]));
    if (!wrong.length) return tell(...first, progress(opened));
    const found = wrong.length > 1 ? explained(opened, filled) : [];
    tell(...first, ...(found.length ? ofAll(found, filled.length == all) : wrong.slice(0, 3).map((index) => ofCell(opened, index))));
  };
  reveal.onclick = async () => {
    const opened = await opening;
    opened.cells.forEach(({ shown }, index) => {
      fields[index].value = shown;
      judge(opened, index);
    });
    fit();
    keep();
    tell(say.revealed);
  };
  clear.onclick = () => {
    fields.forEach((field, index) => {
      field.value = judged[index] = "";
      mark(index, "");
    });
    fit();
    keep();
    tell(say.cleared);
    fields[0].focus();
  };

  // The keyboard: Enter goes on, arrow keys move where the caret cannot go on in the field.
  const visit = (row, column) => {
    if (Math.min(row, column) < 0 || row >= grid.rows || column >= grid.columns) return;
    const field = fields[row * grid.columns + column];
    field.focus();
    field.select();
  };
  fields.forEach((field, index) => {
    const row = rowOf(grid, index), column = columnOf(grid, index);
    field.onchange = () => commit(index);
    field.oninput = () => {
      judged[index] = null;
      mark(index, "");
      fit();
    };
    field.onkeydown = (event) => {
      if (event.ctrlKey || event.altKey || event.metaKey) return;
      event.stopPropagation();
      // An input method has keys of its own, as Enter to choose what is proposed.
      if (event.isComposing) return;
      const { selectionStart: start, selectionEnd: end, value } = field, whole = end - start == value.length;
      const next = index + (event.shiftKey ? -1 : 1);
      const moves = {
        Enter: [Math.floor(next / grid.columns), (next + all) % grid.columns],
        ArrowUp: [row - 1, column],
        ArrowDown: [row + 1, column],
        ArrowLeft: (whole || !end) && [row, column - 1],
        ArrowRight: (whole || start == value.length) && [row, column + 1],
      };
      const move = moves[event.key];
      if (!move || event.shiftKey && event.key != "Enter") return;
      event.preventDefault();
      commit(index);
      visit(...move);
    };
  });

  // The task is part of the picture; on a narrow screen it is shown below it.
  player.shown = () => {
    spoken.hidden = [...svg.querySelectorAll("text")].some((text) => text.textContent == spoken.textContent);
  };
  // Nothing is played here, so these keys and clicks are the browser's.
  for (const name of [" ", "Home", "End", "ArrowLeft", "ArrowRight", "Escape"]) player.keys[name] = undefined;
  svg.onmousedown = null;
  const texts = kept();
  if (texts) {
    texts.forEach((text, index) => fields[index].value = text);
    opening.then((opened) => {
      texts.forEach((text, index) => text && judge(opened, index));
      if (texts.some(Boolean)) tell(progress(opened));
    });
  }
  fit();
});

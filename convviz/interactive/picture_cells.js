// Numbers of the input and the kernel are edited in the picture: a click, Enter or a digit puts a field over the cell.
// What was typed goes to Python through a hidden text widget; where the page has none, there is nothing to edit.
(() => {
  const root = document.currentScript?.closest(".jp-OutputArea") ?? document.body;
  if (root.dataset.convvizCells) return;
  root.dataset.convvizCells = "true";
  const style = document.createElement("style");
  style.textContent = `
    .convviz-editable{cursor:text}
    .convviz-edit{position:absolute;z-index:10;box-sizing:border-box;margin:0;padding:0 2px;text-align:center;
      border:3px solid #1a73e8;border-radius:0;background:#fff;color:#111;outline:none}`;
  root.prepend(style);
  const KEPT = 50;
  const MOVES = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

  // The explorers of this output: their players with what can be edited, and the hidden field.
  const fieldOf = (id) => document.querySelector(`.convviz-typed-${id} input`);
  const explorers = () => [...root.querySelectorAll(".convviz-cells")].map((source) => {
    source.convviz ??= JSON.parse(source.textContent);
    return { ...source.convviz, player: source.parentElement.querySelector(".convviz.mounted") };
  }).filter(({ id, player }) => player && fieldOf(id));
  const gridOf = ({ player }, name) => player.querySelector(`[data-grid="${name}"]`);
  // The numbers of a grid at the step that is shown: those of its filter.
  const textsOf = ({ grids, starts, player }, name) => {
    const each = grids[name], step = +player.dataset.step;
    return each?.[each.length > 1 ? starts.slice(1).filter((start) => start <= step).length : 0];
  };
  const cellOf = (explorer, { grid, row, column }) =>
    gridOf(explorer, grid)?.querySelector(`[data-row="${row}"][data-column="${column}"]`);
  const textAt = (explorer, { grid, row, column }) => textsOf(explorer, grid)?.[row]?.[column] ?? null;

  // Everything that was typed lately is sent each time, since messages that follow each other quickly may replace one
  // another; Python takes what is new. Numbers go on after the page was loaded again.
  const typed = new Map();
  let last = 0;
  const send = ({ id, player }, { grid, row, column, shape }, text) => {
    last = Math.max(last + 1, Date.now());
    const edits = [...(typed.get(id) ?? []), { n: last, grid, step: +player.dataset.step, row, column, shape, text }].slice(-KEPT);
    typed.set(id, edits);
    const field = fieldOf(id);
    field.value = JSON.stringify(edits);
    field.dispatchEvent(new Event("change", { bubbles: true }));
  };

  // The field. It stands beside the player, so that it stays when the player is replaced.
  const field = document.createElement("input");
  field.className = "convviz-edit";
  field.setAttribute("data-lm-suppress-shortcuts", "true");
  let open = null;
  const explorerOf = () => explorers().find(({ id }) => id == open.id);
  const place = () => {
    const explorer = open && explorerOf(), cell = explorer && cellOf(explorer, open);
    if (!cell) return close();
    const box = cell.querySelector("rect").getBoundingClientRect();
    const origin = root == document.body ? { left: -scrollX, top: -scrollY } : root.getBoundingClientRect();
    const width = Math.max(box.width, 56), left = box.left - (width - box.width) / 2 - origin.left;
    Object.assign(field.style, {
      left: `${left}px`, top: `${box.top - origin.top}px`, width: `${width}px`, height: `${box.height}px`,
      fontSize: `${Math.max(14, 0.4 * box.height)}px`,
    });
  };
  const close = () => {
    open = null;
    if (field.isConnected) field.remove();
  };
  const nameOf = ({ titles, say }, { grid, row, column }) =>
    [titles[grid], row, column].reduce((text, part) => text.replace("{}", part), say.cell);
  const edit = (explorer, at, text) => {
    const exact = textAt(explorer, at), all = textsOf(explorer, at.grid);
    if (exact == null) return;
    commit();
    open = { ...at, id: explorer.id, exact, shape: [all.length, all[0].length] };
    root.append(field);
    field.setAttribute("aria-label", nameOf(explorer, at));
    field.value = text ?? exact;
    place();
    field.focus({ preventScroll: true });
    if (text == null) field.select();
  };
  const commit = () => {
    if (!open) return;
    const before = open, explorer = explorerOf();
    close();
    if (explorer && field.value.trim() != before.exact) send(explorer, before, field.value);
  };
  // Ends editing; the cell has the focus then.
  const leave = (keeps) => {
    const before = open, explorer = explorerOf();
    if (keeps) commit();
    else close();
    if (explorer) cellOf(explorer, before)?.focus({ preventScroll: true });
  };
  const move = ([down, across]) => {
    const explorer = explorerOf(), at = { ...open, row: open.row + down, column: open.column + across };
    leave(true);
    if (explorer) edit(explorer, at);
  };
  field.onblur = commit;
  field.onkeydown = (event) => {
    const { key, shiftKey } = event, { selectionStart, selectionEnd, value } = field;
    const whole = selectionEnd - selectionStart == value.length;
    const stays = !whole && (key == "ArrowLeft" ? selectionEnd > 0 : key == "ArrowRight" && selectionStart < value.length);
    event.stopPropagation();
    const tab = key == "Tab" && [0, shiftKey ? -1 : 1];
    if (key == "Enter" && !event.isComposing) leave(true);
    else if (key == "Escape") leave(false);
    else if ((MOVES[key] && !stays) || tab) move(tab || MOVES[key]);
    else return;
    event.preventDefault();
  };
  field.onpaste = (event) => {
    const text = event.clipboardData.getData("text/plain"), explorer = explorerOf();
    if (!/[\t\n]/.test(text.trim()) || !explorer) return;
    event.preventDefault();
    const before = open;
    leave(false);
    send(explorer, before, text);
  };

  // The pointer and the keyboard. Cells of the kernel are reached by the player's own keys; those of the input like them.
  const under = (explorer, { clientX, clientY }) => {
    for (const grid in explorer.grids) {
      const texts = textsOf(explorer, grid), frame = gridOf(explorer, grid)?.querySelector(".cv-frame");
      if (!frame || !texts) continue;
      const { left, top, width, height } = frame.getBoundingClientRect();
      const row = Math.floor((clientY - top) / height * texts.length);
      const column = Math.floor((clientX - left) / width * texts[0].length);
      const at = { grid, row, column };
      if (Math.min(row, column) >= 0 && textAt(explorer, at) != null) return at;
    }
    return null;
  };
  root.addEventListener("click", (event) => {
    const explorer = explorers().find(({ player }) => player.contains(event.target));
    const at = explorer && event.target.closest("svg") && under(explorer, event);
    if (at) edit(explorer, at);
  });
  root.addEventListener("keydown", (event) => {
    const { target, key } = event, grid = target.closest?.("[data-grid]")?.dataset.grid;
    const explorer = grid && explorers().find(({ player }) => player.contains(target));
    if (!explorer?.grids[grid] || event.ctrlKey || event.altKey || event.metaKey) return;
    const at = { grid, row: +target.dataset.row, column: +target.dataset.column }, by = MOVES[key];
    if (by) {
      const next = cellOf(explorer, { grid, row: at.row + by[0], column: at.column + by[1] });
      if (next) {
        target.tabIndex = -1;
        next.tabIndex = 0;
        next.focus();
      }
    } else if (key == "Enter" || key == "F2") edit(explorer, at);
    else if (/^[-.\d]$/.test(key)) edit(explorer, at, key);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }, true);

  // Marks what can be edited, whenever a player or the hidden field has come.
  const marked = new WeakSet();
  const mark = () => {
    for (const explorer of explorers()) {
      const { player, say, grids } = explorer;
      if (marked.has(player)) continue;
      marked.add(player);
      const hint = document.createElement("p");
      hint.className = "convviz-hint";
      hint.textContent = say.picture_hint;
      if (Object.keys(grids).length) player.querySelector(".cv-controls").after(hint);
      for (const grid in grids) {
        gridOf(explorer, grid)?.classList.add("convviz-editable");
        for (const cell of gridOf(explorer, grid)?.querySelectorAll("[data-row]:not([tabindex])") ?? []) {
          const at = { grid, row: +cell.dataset.row, column: +cell.dataset.column };
          if (textAt(explorer, at) == null) continue;
          const first = !gridOf(explorer, grid).querySelector("[tabindex='0']");
          const names = { tabindex: first ? 0 : -1, role: "img", "aria-label": `${nameOf(explorer, at)}: ${textAt(explorer, at)}` };
          for (const name in names) cell.setAttribute(name, names[name]);
          cell.setAttribute("data-lm-suppress-shortcuts", "true");
        }
      }
      if (open?.id == explorer.id) place();
    }
  };
  new MutationObserver(mark).observe(root, { childList: true, subtree: true });
  new ResizeObserver(() => open && place()).observe(root);
  mark();
})();

// Predict mode: what is to be found at a step is hidden until the reader asks for it. A part of player.js.
parts.push((player) => {
  const { mount, data, grids, steps, own, controls, slider, svg } = player, { say, questions, moments } = data;
  const asked = new Set(steps), solved = new Set();
  const hides = (step) => asked.has(step) && !solved.has(step);
  const marked = (moment) => (moment.m ?? []).filter(([, , , , , role]) => role == "current");
  const answered = player.known, uncovered = player.reached;

  // A question is sent as what differs from its step; a number among the cells stands for what the step has there.
  player.moment = (position) => {
    const moment = moments[position], question = questions[position];
    if (!hides(steps[position])) return moment;
    const cells = question.c?.map((change) => (typeof change == "number" ? moment.c[change] : change));
    return { ...moment, ...question, t: { ...moment.t, ...question.t }, c: cells ?? moment.c };
  };
  player.known = (step, now, text) => {
    if (!asked.has(step)) return answered(step, now, text);
    if (solved.has(step)) return [text, "done"];
    return [step <= now ? "?" : "", "pending"];
  };
  // What a cell held before is a result as well.
  player.edit = (changes, step) => {
    grids.forEach(({ history }, g) => {
      for (const index in changes[g]) {
        const before = (history[index] ?? []).filter(([start]) => start < step).pop();
        if (before && hides(step) && hides(before[0])) changes[g][index][2] = "";
      }
    });
    return changes;
  };
  // A picture shows up to the first step that is not solved; one that does not fill step by step, when all are.
  player.reached = (grid, step) => {
    const open = steps.find(hides) ?? Infinity;
    return grid.veiled ? (open < Infinity ? 0 : Infinity) : uncovered(grid, Math.min(step, open - 1));
  };

  // What is still to be found is covered.
  mount.querySelector("style").append(".cv-veil{opacity:1}");

  // Asking for the result: the button, the cell in question, the Enter key.
  const button = html("button", { ...own, type: "button", class: "cv-show" });
  const set = (shows) => {
    solved[shows ? "add" : "delete"](steps[player.at]);
    player.jump(player.at);
  };
  const turn = () => set(hides(steps[player.at]));
  button.onclick = turn;
  controls.append(button);
  if (controls.hidden) for (const control of controls.children) control.hidden = control != button;
  controls.hidden = false;
  player.keys.Enter = turn;
  slider.title = say.keys + say.enter;
  player.click = (grid, index) => {
    const row = rowOf(grid, index), column = columnOf(grid, index);
    const here = marked(moments[player.at]).some(([g, top, left, rows, columns]) =>
      grids[g] == grid && row >= top && row < top + rows && column >= left && column < left + columns);
    if (here && hides(steps[player.at])) set(true);
    return here;
  };
  for (const moment of moments) {
    for (const [g] of marked(moment)) grids[g].asks = true;
  }
  grids.forEach(({ asks }, g) => asks && svg.querySelectorAll(".cv-grid")[g].classList.add("cv-jump"));

  // The first cell in question can be reached by the Tab key, and the focus goes on with it from step to step.
  let cell = null;
  player.shown = () => {
    const name = hides(steps[player.at]) ? say.show : say.hide, [g, row, column] = marked(moments[player.at])[0] ?? [];
    const next = grids[g]?.cells[row * grids[g].columns + column]?.group;
    const focused = cell && document.activeElement == cell;
    button.textContent = name;
    if (next != cell) {
      for (const key of cell ? ["tabindex", "role", "aria-label", ...Object.keys(own)] : []) cell.removeAttribute(key);
      cell = next;
    }
    if (!cell) return;
    const seen = [...cell.querySelectorAll("text")].map((text) => text.textContent).join(" ").trim();
    fill(cell, { ...own, tabindex: 0, role: "button", "aria-label": `${seen}: ${name}` }, []);
    cell.onkeydown = (event) => {
      if (event.currentTarget != cell || event.key != " ") return;
      event.preventDefault();
      event.stopPropagation();
      turn();
    };
    if (focused) cell.focus();
  };
  player.played = (position) => solved.add(steps[position]);

  // Among slides, a key shows the result first and goes on then: a step has two places.
  const { place, places, visit } = player;
  player.place = () => (player.slides ? 2 * player.at + !hides(steps[player.at]) : place());
  player.places = () => (player.slides ? 2 * player.last + 1 : places());
  player.visit = (to) => {
    if (!player.slides) return visit(to);
    const leap = Math.abs(to - player.place()) > 1;
    steps.forEach((step, position) => {
      if (leap || position == to >> 1) solved[2 * position < to ? "add" : "delete"](step);
    });
    player.jump(to >> 1);
  };
});

// What widgets can't do themselves, in the output of a cell that holds the controls of an explorer and its player.
// The comment at the beginning of player.js says how a script has to be written so that Python can make it smaller.
(() => {
  // Where outputs have no area of their own, as in VS Code and Google Colab, everything stands below each other.
  const root = document.currentScript?.closest(".jp-OutputArea") ?? document.body;
  if (root.dataset.convviz) return;
  root.dataset.convviz = "explorer";
  // Side by side where there is room; the picture is as high as the window lets it be beside toolbars and one line of code.
  const LEAST_WIDTH = 800;
  const style = document.createElement("style");
  style.textContent = `
    .jp-OutputArea[data-convviz]{display:flex;flex-flow:row wrap;align-items:flex-start;position:relative}
    .jp-OutputArea[data-convviz]>.jp-OutputArea-child{flex:1 1 100%;width:auto;min-width:0}
    .jp-OutputArea[data-convviz] .jp-OutputPrompt,
    .jp-OutputArea[data-convviz] .jp-OutputArea-promptOverlay{display:none}
    .convviz-wide[data-convviz]{flex-wrap:nowrap}
    .convviz-wide[data-convviz]>.jp-OutputArea-child{flex:1 1 0}
    .convviz-wide[data-convviz]>.jp-OutputArea-child:has(.jupyter-widgets){flex:none}
    .convviz-controls{overflow:visible}
    .convviz-wide .convviz-controls{width:284px;padding-left:6px}
    .convviz-controls .widget-label{margin:0 2px}
    .convviz-wide .convviz .cv-body>svg{max-width:none!important;max-height:max(300px,calc(100vh - 240px))}
    .convviz-wide .convviz .cv-body{padding-top:0}
    .convviz-wide .convviz .cv-controls{margin-top:4px}
    .convviz-fold.jupyter-button{text-align:left;background:none}
    .convviz-controls .widget-html-content{line-height:1.4}
    .convviz-code{max-width:900px;margin:8px auto 0}
    .convviz-code summary{cursor:pointer}
    .convviz-hint{margin:6px auto 0;max-width:900px;color:var(--cv-faint);font-size:14px}`;
  root.prepend(style);
  new ResizeObserver(() => root.classList.toggle("convviz-wide", root.clientWidth >= LEAST_WIDTH)).observe(root);

  // JupyterLab takes arrow and letter keys from lists and check boxes, and moves on or inserts cells; elements with its
  // attribute keep their keys. A screen reader wants a name, and not only a title.
  const mend = () => {
    for (const element of root.querySelectorAll("select,input,textarea,button,summary")) {
      element.setAttribute("data-lm-suppress-shortcuts", "true");
      const { title } = element;
      if (title && title != "null" && !element.hasAttribute("aria-label")) element.setAttribute("aria-label", title);
    }
    for (const button of root.querySelectorAll(".convviz-controls .widget-toggle-button")) {
      const name = button.classList.contains("convviz-fold") ? "aria-expanded" : "aria-pressed";
      button.setAttribute(name, button.classList.contains("mod-active"));
    }
  };

  // A new player for the same number of steps begins where the one before stood, and goes on playing. What had the focus
  // and was replaced has it again.
  const shown = new Map();
  let focused = null, inside = false;
  const parts = (player) => {
    const [play, , , slider, , speed] = player.querySelector(".cv-controls").children;
    return { play, slider: player.querySelector("input[type=range]") ?? slider, speed };
  };
  const refocus = (before, now) => {
    if (!focused || focused.isConnected || !before.contains(focused)) return;
    const place = [...before.querySelector(".cv-controls").children].indexOf(focused);
    const { row, column } = focused.dataset, grid = focused.closest("[data-grid]")?.dataset.grid;
    const next = place < 0 ? now.querySelector(`[data-grid="${grid}"] [data-row="${row}"][data-column="${column}"]`)
      : now.querySelector(".cv-controls").children[place];
    // Cells can take the focus when the other script has seen them.
    queueMicrotask(() => next?.focus({ preventScroll: true }));
  };
  const carry = (before, now, step) => {
    const old = parts(before), { play, slider, speed } = parts(now);
    const playing = old.play.getAttribute("aria-label") != play.getAttribute("aria-label");
    // Under the pointer, the player shows another step than the one that was chosen.
    const at = inside && !playing ? step : old.slider.value;
    speed.value = old.speed.value;
    if (slider.max == old.slider.max && at > 0) {
      slider.value = at;
      slider.dispatchEvent(new Event("input"));
    }
    if (playing) play.click();
    refocus(before, now);
  };
  // The size of the output and the code stand under the player, and are shown on demand.
  const folded = (player, say, opened) => {
    const notes = player.querySelector(".cv-notes");
    if (!notes || notes.closest("details")) return;
    const details = document.createElement("details"), summary = document.createElement("summary");
    summary.textContent = say.more_code;
    details.className = "convviz-code";
    notes.before(details);
    details.append(summary, notes);
    details.open = opened;
    details.onkeydown = (event) => event.stopPropagation();
  };
  const follow = () => {
    for (const source of root.querySelectorAll(".convviz-cells")) {
      const now = source.parentElement.querySelector(".convviz.mounted"), { id, say } = JSON.parse(source.textContent);
      if (!now) continue;
      const before = shown.get(id);
      if (before?.player != now) {
        folded(now, say, before?.player.querySelector("details")?.open ?? false);
        if (before) carry(before.player, now, before.step);
      }
      shown.set(id, { player: now, step: inside && before?.player == now ? before.step : parts(now).slider.value });
    }
  };
  new MutationObserver(() => {
    mend();
    follow();
  }).observe(root, { childList: true, subtree: true });
  const settled = () => {
    inside = false;
    follow();
    mend();
  };
  // A click or a key chooses the step that is shown then, also under the pointer.
  for (const name of ["input", "click", "keydown"]) root.addEventListener(name, () => setTimeout(settled), true);
  root.addEventListener("pointermove", ({ target }) => inside = !!target.closest?.(".cv-body>svg"), true);
  root.addEventListener("focusin", ({ target }) => focused = target);
  root.addEventListener("focusout", ({ target }) => setTimeout(() => {
    if (focused == target && target.isConnected) focused = null;
  }));
  mend();
  follow();
})();

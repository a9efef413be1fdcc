// The player in a slide of reveal.js, as part of its page. A part of player.js.
// Each place after the first is one of reveal's fragments, which shows nothing itself: reveal then counts and goes through
// the places in all its ways, and the player shows as many as reveal has made visible.
// Players that are in no slide yet, with the functions that look again: RISE makes slides of cells that are there.
const waiting = new WeakMap();
for (const name of ["ready", "slidechanged"]) {
  document.addEventListener(name, () =>
    document.querySelectorAll(".reveal .slides section .convviz").forEach((mount) => waiting.get(mount)?.()));
}
parts.push((player) => {
  const { mount, svg, slider } = player;
  let section = null, rail = null;
  // Where reveal is no global name, it listens to messages to its window.
  const reveal = (method, ...values) => (window.Reveal?.isReady?.()
    ? Reveal[method](...values) : postMessage(JSON.stringify({ method, args: values }), "*"));
  const visible = () => rail.querySelectorAll(".visible").length;
  const present = () => section.classList.contains("present");
  const style = () => mount.firstChild.append(`
    .reveal .convviz{background:none}
    .reveal .convviz .cv-body{border-radius:8px;font:15px/1.5 var(--cv-fonts);letter-spacing:normal;text-transform:none}
    .reveal .convviz .cv-body>p{margin:8px 0 0;font:inherit}
    .reveal .convviz .cv-body>svg{margin:0 auto}
  `);
  const register = () => {
    section = mount.closest(".reveal .slides section");
    if (!section) return waiting.set(mount, register);
    waiting.delete(mount);
    player.slides = true;
    rail = html("div", { hidden: "", class: "cv-rail" });
    rail.append(...Array.from({ length: player.places() }, () => html("span", { class: "fragment" })));
    mount.append(rail);
    style();
    // What a heading and the controls take of the slide's height, and each note.
    const others = 190 + 56 * (player.notes?.children.length ?? 0);
    svg.style.maxHeight = `calc(var(--slide-height,700px) - ${others}px)`;
    new MutationObserver(() => visible() != player.place() && player.visit(visible()))
      .observe(rail, { subtree: true, attributeFilter: ["class"] });
    // Reveal says by the slide's classes whether its background is dark.
    if (mount.dataset.theme == "auto") {
      new MutationObserver(() => mount.classList.toggle("cv-dark", isDark(mount)))
        .observe(section, { attributeFilter: ["class"] });
    }
    // Keys belong to reveal unless a control has the focus, and a pointer leaves it on none.
    slider.dataset.preventSwipe = "";
    svg.onmousedown = (event) => event.preventDefault();
    slider.onpointerup = () => slider.blur();
    mount.addEventListener("click", ({ detail, target }) => detail && target.closest("button")?.blur());
    // In the overview a click chooses the slide.
    mount.addEventListener("click", (event) => event.defaultPrevented && event.stopPropagation(), true);
    Object.assign(player.keys, { PageUp: () => player.stride(-1), PageDown: () => player.stride(1) });
    player.leave = (by) => {
      document.activeElement.blur();
      reveal(by < 0 ? "prev" : "next");
    };
    player.moved = () => {
      const place = player.place(), { children } = rail;
      if (place == visible() || !present()) return;
      const index = place ? +children[place - 1].dataset.fragmentIndex : children[0].dataset.fragmentIndex - 1;
      reveal("navigateFragment", index);
    };
    // Among slides the steps come in their order, whichever a page begins with.
    player.visit(visible());
    if (present()) reveal("syncFragments");
  };
  register();
});
// Reveal prints a slide as one page for each fragment, which are copies: they are made into players again.
document.addEventListener("pdf-ready", () => {
  for (const copy of document.querySelectorAll(`.pdf-page .convviz.mounted[data-parts="${kind}"]:not(.cv-printed)`)) {
    const place = copy.querySelectorAll(".cv-rail .visible").length;
    copy.classList.add("cv-printed");
    mountPlayer(copy).visit(place);
  }
});

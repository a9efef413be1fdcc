// What widgets can't do themselves, in the output of a cell that holds the controls of an explorer and its player.
(() => {
  const area = document.currentScript?.closest(".jp-OutputArea");
  if (!area || area.dataset.convviz) return;
  area.dataset.convviz = "explorer";
  // Side by side if the page is wide enough; the player takes the width that the controls leave.
  const style = document.createElement("style");
  style.textContent = `
    .jp-OutputArea[data-convviz]{display:flex;flex-flow:row wrap;align-items:flex-start}
    .jp-OutputArea[data-convviz]>.jp-OutputArea-child{flex:1 1 640px;width:auto;min-width:0}
    .jp-OutputArea[data-convviz]>.jp-OutputArea-child:has(.jupyter-widgets){flex:0 1 auto;max-width:100%}
    @media(min-width:1300px){
      .jp-OutputArea[data-convviz]>.jp-OutputArea-child:has(.jupyter-widgets){flex:0 0 380px}
    }`;
  area.prepend(style);
  // JupyterLab takes arrow and letter keys from lists and check boxes, and moves on or inserts cells; elements with its
  // attribute keep their keys. A screen reader wants a name, and not only a title.
  const mend = () => {
    for (const element of area.querySelectorAll("select,input,textarea,button,summary")) {
      element.setAttribute("data-lm-suppress-shortcuts", "true");
      const { title } = element;
      if (title && title != "null" && !element.hasAttribute("aria-label")) element.setAttribute("aria-label", title);
    }
  };
  // A new player for the same number of steps begins where the one before stood.
  let player = null, step = 0, steps = 0;
  const follow = () => {
    const now = area.querySelector(".convviz.mounted");
    const slider = now?.querySelector("input[type=range]");
    if (!slider) return;
    if (now != player) {
      player = now;
      if (step && slider.max == steps) {
        slider.value = step;
        slider.dispatchEvent(new Event("input"));
      }
      steps = slider.max;
    }
    step = slider.value;
  };
  new MutationObserver(() => {
    mend();
    follow();
  }).observe(area, { childList: true, subtree: true });
  for (const name of ["input", "click", "keydown"]) area.addEventListener(name, () => setTimeout(follow), true);
  mend();
})();

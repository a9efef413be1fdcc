// What widgets can't say themselves. JupyterLab takes arrow and letter keys from lists and check boxes, and moves on or
// inserts cells; elements with its attribute keep their keys. A screen reader wants a name, and not only a title.
(() => {
  const area = document.currentScript?.closest(".jp-OutputArea");
  if (!area || area.dataset.convvizKeys) return;
  area.dataset.convvizKeys = "kept";
  const keep = () => {
    for (const element of area.querySelectorAll("select,input,textarea,button,summary")) {
      element.setAttribute("data-lm-suppress-shortcuts", "true");
      if (element.title && !element.hasAttribute("aria-label")) element.setAttribute("aria-label", element.title);
    }
  };
  new MutationObserver(keep).observe(area, { childList: true, subtree: true });
  keep();
})();

// What pages do beside what Sphinx and the theme make them do.
addEventListener("DOMContentLoaded", () => {
  const { body, documentElement: page } = document;
  const all = (selector) => document.querySelectorAll(selector);

  // Players look again at the paper behind them when a class of the page changes. The theme keeps the reader's choice of light or
  // dark in an attribute: here it becomes a class as well.
  const follow = () => {
    for (const theme of ["auto", "light", "dark"]) page.classList.toggle(`theme-${theme}`, body.dataset.theme == theme);
  };
  new MutationObserver(follow).observe(body, { attributeFilter: ["data-theme"] });
  follow();

  // Captions of the sidebar call themselves headings; screen readers ask of what level, and what the two sidebars are.
  for (const caption of all("p.caption[role=heading]")) caption.ariaLevel = 2;
  for (const bar of all(".sidebar-drawer")) bar.ariaLabel = page.lang == "ja" ? "すべてのページ" : "All pages";
  for (const bar of all(".toc-drawer:has(.toc-title)")) bar.ariaLabel = bar.querySelector(".toc-title").textContent.trim();

  // The sidebar and some links are in the other language, which asks for other letters and another voice.
  for (const part of all("a, p.caption")) {
    const lang = /[\u3040-\u30ff\u4e00-\u9fff]/.test(part.textContent) ? "ja" : "en";
    if (lang != page.lang) part.lang = lang;
  }

  // Code and tables that are wider than their place are moved with the arrow keys, once they can have the focus.
  const reach = () => {
    for (const box of all("pre, .table-wrapper")) {
      if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    }
  };
  addEventListener("resize", reach);
  reach();
});

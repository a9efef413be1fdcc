// What pages do beside what Sphinx and the theme make them do.
addEventListener("DOMContentLoaded", () => {
  const { body, documentElement: page } = document;

  // Players look again at the paper behind them when a class of the page changes. The theme keeps the reader's choice of light or
  // dark in an attribute: here it becomes a class as well.
  const follow = () => {
    for (const theme of ["auto", "light", "dark"]) page.classList.toggle(`theme-${theme}`, body.dataset.theme == theme);
  };
  new MutationObserver(follow).observe(body, { attributeFilter: ["data-theme"] });
  follow();

  // Captions of the sidebar call themselves headings; screen readers ask of what level.
  for (const caption of document.querySelectorAll("p.caption[role=heading]")) caption.ariaLevel = 2;
});

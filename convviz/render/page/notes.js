// Notes under the controls, each with a button that copies its text. A part of player.js.
parts.push(({ mount, notes, own, live, data: { say } }) => {
  mount.querySelector("style").append(`
    .convviz .cv-notes{display:grid;grid-template-columns:auto minmax(0,1fr);gap:6px 12px;align-items:baseline;
      max-width:900px;margin:12px auto 0;padding:0;font:inherit;text-align:left}
    .convviz .cv-notes>div{display:contents}
    .convviz .cv-notes b{margin:0;color:var(--cv-faint);font:inherit}
    .convviz .cv-notes>div>div{display:flex;gap:8px;align-items:flex-start;margin:0;min-width:0;font:inherit}
    .convviz .cv-notes pre{flex:1;min-width:0;width:auto;margin:0;padding:4px 8px;border:0;border-radius:6px;
      box-shadow:none;background:var(--cv-cell);color:var(--cv-text);font:14px/1.5 ui-monospace,Menlo,Consolas,monospace;
      outline:1px solid var(--cv-edge);user-select:text;-webkit-user-select:text}
    .convviz .cv-notes button{flex:none;box-sizing:border-box;min-width:72px;min-height:31px;margin:0;padding:2px 8px;
      border-radius:6px;border:1px solid var(--cv-edge);background:var(--cv-cell);
      color:var(--cv-text);font:inherit;cursor:pointer}
    .convviz .cv-notes button:focus-visible{outline:3px solid var(--cv-mark-lit);outline-offset:2px}
    @container(max-width:480px){.convviz .cv-notes{grid-template-columns:minmax(0,1fr)}}
  `);
  // Where a page may not use the clipboard, the text is selected and the browser is told to copy what is selected. Where
  // it may not do that either, the text stays selected, and the reader has keys for it.
  const select = (text) => {
    const selection = getSelection(), range = document.createRange();
    range.selectNodeContents(text);
    selection.removeAllRanges();
    selection.addRange(range);
    const done = document.execCommand("copy");
    if (done) selection.removeAllRanges();
    return done;
  };
  for (const text of notes.querySelectorAll("pre")) {
    const name = text.closest(".cv-notes>div").querySelector("b").textContent;
    const button = html("button", { ...own, type: "button", "aria-label": `${say.copy}: ${name}` }, say.copy);
    let back = 0;
    button.onclick = async () => {
      const copying = navigator.clipboard?.writeText(text.textContent) ?? Promise.reject();
      if (!await copying.then(() => true, () => select(text))) return;
      button.textContent = live.textContent = say.copied;
      clearTimeout(back);
      back = setTimeout(() => button.textContent = say.copy, 2000);
    };
    text.after(button);
  }
});

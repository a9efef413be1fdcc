// A page that is shown in a slide of reveal.js by an iframe. A part of player.js.
parts.push((player) => {
  if (parent == window) return;
  const leave = () => {
    document.activeElement?.blur();
    parent.focus();
  };
  player.slides = true;
  player.leave = (by) => {
    leave();
    parent.postMessage(JSON.stringify({ method: by < 0 ? "prev" : "next" }), "*");
  };
  Object.assign(player.keys, { PageUp: () => player.stride(-1), PageDown: () => player.stride(1), Escape: leave });
  // Reveal says when the slide is shown and when it is left.
  addEventListener("message", ({ data, source }) => {
    if (source != parent) return;
    if (data == "slide:start") focus();
    if (data == "slide:stop") {
      if (player.playing) player.jump(player.at);
      if (document.hasFocus()) leave();
    }
  });
});

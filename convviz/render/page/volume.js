// Volumes: the faces of blocks, between the lines and the captions. A part of player.js.
parts.push((player) => {
  const { mount, svg, shown, data: { faces: { style, points, shapes } } } = player;
  const group = draw("g", { "pointer-events": "none" }), made = [];
  const make = ([at, look, text, x, y, size]) => draw("g", { class: `cv-face${look}` },
    draw("polygon", { points: points[at] }), ...(text ? [draw("text", { x, y, "font-size": size }, text)] : []));
  mount.append(html("style", {}, style));
  svg.firstElementChild.after(group);
  player.shown = (moment) => {
    shown(moment);
    group.replaceChildren(...moment.f.map((number) => made[number] ??= make(shapes[number])));
  };
});

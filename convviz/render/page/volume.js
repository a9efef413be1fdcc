// Volumes: the faces of blocks, between the lines and the captions. A part of player.js.
parts.push((player) => {
  const { mount, svg, shown, data } = player, { style, points, shapes, narrow } = data.faces;
  const group = draw("g", { "pointer-events": "none" }), made = [];
  // On a narrow screen each block stands elsewhere and has another size.
  const places = svg.viewBox.baseVal.width == data.narrow[0] ? narrow : [];
  const place = (block) => (places[block]
    ? { transform: `translate(${places[block][0]} ${places[block][1]}) scale(${places[block][2]})` } : {});
  const make = ([at, look, block, text, x, y, size]) => draw("g", { class: `cv-face${look}`, ...place(block) },
    draw("polygon", { points: points[at] }), ...(text ? [draw("text", { x, y, "font-size": size }, text)] : []));
  mount.append(html("style", {}, style));
  svg.firstElementChild.after(group);
  player.shown = (moment) => {
    shown(moment);
    group.replaceChildren(...moment.f.map((number) => made[number] ??= make(shapes[number])));
  };
});

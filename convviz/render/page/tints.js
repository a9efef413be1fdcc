// Colours by value: each number has a tint, as in convviz/stage/tints.py, rule for rule. A part of player.js.
parts.push(({ grids, data: { tints: { levels, strengths } } }) => {
  const number = (text) => {
    const [over, under = 1] = text.replace("≈ ", "").replaceAll("−", "-").replace("∞", "Infinity").split("/");
    return text ? over / under : NaN;
  };
  for (const { cells, scale, least, greys } of grids.filter((grid) => grid.scale)) {
    for (const cell of cells) {
      const { group, paint } = cell, told = draw("title", {});
      if (least) group.append(told);
      cell.paint = ([text, role, note], hatched) => {
        const value = number(text), strength = strengths[role];
        const part = value && Math.max(Math.round(Math.min(Math.abs(value) / scale, 1) * levels), 1) / levels;
        const sign = value < 0 ? "negative" : "positive", tinted = strength && !isNaN(part);
        // A number that is too small to read is told where the pointer rests.
        paint([tinted && Math.abs(value) < least ? "" : text, role, note], hatched);
        told.textContent = text;
        group.firstChild.style.fill = tinted && !greys
          ? `color-mix(in srgb,var(--cv-${sign}) ${100 * strength * part}%,var(--cv-cell))` : "";
        if (!greys) return;
        // A part of a picture is grey as the picture is.
        const [low, high] = greys, grey = Math.floor(255 * Math.min(Math.max((value - low) / (high - low || 1), 0), 1) + 0.5);
        const shown = tinted && role == "window";
        if (shown) group.firstChild.style.fill = `rgb(${grey},${grey},${grey})`;
        for (const letters of group.querySelectorAll("text")) letters.style.fill = shown ? grey < 118 ? "#fff" : "#000" : "";
      };
    }
  }
});

// Black rectangles are drawn on a photo with the mouse, a finger or the keyboard. What is drawn goes into hidden fields, in
// thousandths of the picture; without this file the same is typed as numbers.
const WHOLE = 1000, LEAST = 5, STEP = 10;
const space = "http://www.w3.org/2000/svg";
const within = (value, from, to) => Math.min(to, Math.max(from, value));

/** Makes a photo's stage one to draw on. */
export function blacking(stage) {
  const svg = stage.querySelector("svg"), form = stage.closest("form");
  const fields = form.querySelector("[data-blacking-areas]"), status = form.querySelector("[data-blacking-status]");
  const rects = () => [...svg.querySelectorAll(".black-pending")];
  const area = (rect) => ["x", "y", "width", "height"].map((name) => Number(rect.getAttribute(name)));

  const lay = (rect, [left, top, width, height]) => {
    Object.entries({ x: left, y: top, width, height }).forEach(([name, value]) => rect.setAttribute(name, Math.round(value)));
  };
  const add = (place) => {
    const rect = document.createElementNS(space, "rect");
    rect.setAttribute("class", "black-pending");
    lay(rect, place);
    svg.append(rect);
    return rect;
  };
  /** Writes what is drawn into the form, and says how much it is. */
  const keep = () => {
    fields.replaceChildren(...rects().map((rect) => {
      const field = document.createElement("input");
      Object.assign(field, { type: "hidden", name: "area", value: area(rect).join(",") });
      return field;
    }));
    status.textContent = rects().length ? `${status.dataset.count} ${rects().length}` : "";
  };

  const point = (event) => {
    const box = svg.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height].map((part) => within(part * WHOLE, 0, WHOLE));
  };
  let from = null, drawn = null;
  svg.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    svg.focus({ preventScroll: true });
    svg.setPointerCapture(event.pointerId);
    from = point(event);
    drawn = add([...from, 0, 0]);
  });
  svg.addEventListener("pointermove", (event) => {
    if (!drawn) return;
    const to = point(event);
    lay(drawn, [Math.min(from[0], to[0]), Math.min(from[1], to[1]), Math.abs(to[0] - from[0]), Math.abs(to[1] - from[1])]);
  });
  const end = (event) => {
    if (!drawn) return;
    const [, , width, height] = area(drawn);
    // A tap is no rectangle, and neither is what the browser took for scrolling.
    if (event.type === "pointercancel" || width < LEAST || height < LEAST) drawn.remove();
    drawn = null;
    keep();
  };
  svg.addEventListener("pointerup", end);
  svg.addEventListener("pointercancel", end);

  const addOne = () => { add([450, 450, 100, 100]); keep(); svg.focus(); };
  const undo = () => { rects().at(-1)?.remove(); keep(); };
  const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  svg.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const way = ways[event.key], rect = rects().at(-1);
    if (event.key === "n" || event.key === "N") addOne();
    else if (event.key === "Delete" || event.key === "Backspace") undo();
    else if (way && rect) {
      let [left, top, width, height] = area(rect);
      if (event.shiftKey) {
        width = within(width + way[0] * STEP, LEAST, WHOLE - left);
        height = within(height + way[1] * STEP, LEAST, WHOLE - top);
      } else {
        left = within(left + way[0] * STEP, 0, WHOLE - width);
        top = within(top + way[1] * STEP, 0, WHOLE - height);
      }
      lay(rect, [left, top, width, height]);
      keep();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  });
  form.querySelector("[data-blacking-add]").addEventListener("click", addOne);
  form.querySelector("[data-blacking-undo]").addEventListener("click", undo);
}

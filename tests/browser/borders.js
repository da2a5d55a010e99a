// The controls whose edge has less than 3 : 1 contrast to the ground around them (WCAG 1.4.11).
// A control is seen by its border, or by its own ground if that is filled.
() => {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const brush = canvas.getContext("2d", { willReadFrequently: true });
  const CONTROLS =
    "input:not([type=hidden], [type=checkbox], [type=radio], [type=file], [type=range]), select, textarea, " +
    "button, a.border, .button, .select2-selection, [role=button]";

  // Colours over one another, the last one on top: the canvas reads every notation, also oklch().
  const mixed = (colours) => {
    brush.clearRect(0, 0, 1, 1);
    for (const colour of colours) {
      brush.fillStyle = colour;
      brush.fillRect(0, 0, 1, 1);
    }
    return [...brush.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const grounds = (element) => {
    const found = [];
    for (let each = element; each; each = each.parentElement) found.unshift(getComputedStyle(each).backgroundColor);
    return ["#fff", ...found];
  };
  const luminance = (colour) => {
    const [r, g, b] = colour.map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (one, other) => {
    const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  };
  const isShown = (element) => {
    const { width, height } = element.getBoundingClientRect();
    return width > 4 && height > 4 && element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  };
  // The theme draws the border of some controls on the box around them.
  const framed = (element) => {
    for (let each = element, depth = 0; each && depth < 3; each = each.parentElement, depth++) {
      if (parseFloat(getComputedStyle(each).borderBottomWidth) > 0) return each;
    }
    return null;
  };
  const weak = new Set();
  for (const control of document.querySelectorAll(CONTROLS)) {
    if (!isShown(control) || control.matches(":disabled, [aria-disabled=true]")) continue;
    const frame = framed(control);
    if (!frame) continue; // a link or an icon: seen by its text
    const outside = grounds(frame.parentElement);
    const ground = mixed(outside);
    const edge = mixed([...outside, getComputedStyle(frame).borderBottomColor]);
    const filling = mixed(grounds(frame));
    if (Math.max(contrast(edge, ground), contrast(filling, ground)) < 3) {
      weak.add(`${frame.tagName} ${frame.id} ${frame.className} ${contrast(edge, ground).toFixed(2)}`.slice(0, 260));
    }
  }
  return [...weak];
}

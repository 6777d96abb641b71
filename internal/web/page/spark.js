// A small course of counts, drawn as one path; its colour is its category's.
import { svg } from './dom.js';

export function spark(counts, fill, width = 80, height = 18) {
  const drawing = svg('svg', { class: 'spark', viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: 'none', 'aria-hidden': 'true' });
  drawing.append(svg('line', { x1: 0, x2: width, y1: height - 0.5, y2: height - 0.5 }));
  const max = Math.max(1, ...counts), n = counts.length;
  const path = svg('path', { d: outline(counts, (i) => (i * width) / n, (v) => height - 1 - ((height - 2) * v) / max) });
  path.style.fill = fill;
  drawing.append(path);
  return drawing;
}

// outline goes around the steps; spans of nothing are left out.
function outline(counts, x, y) {
  let out = '';
  const px = (v) => v.toFixed(1);
  for (let i = 0; i < counts.length; i++) {
    if (!counts[i]) continue;
    out += `M${px(x(i))} ${px(y(0))}`;
    for (; i < counts.length && counts[i]; i++) out += `V${px(y(counts[i]))}H${px(x(i + 1))}`;
    out += `V${px(y(0))}Z`;
  }
  return out;
}

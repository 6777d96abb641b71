// Stacked steps over time, drawn as one path for each series. No axis starts
// anywhere but at 0, and areas are counts: nothing is smoothed.
import { el, svg } from './dom.js';
import { clock, minute, rate } from './format.js';

// niceTop is the end of an axis that n lines divide evenly.
function niceTop(max, lines) {
  const raw = Math.max(max, 1e-9) / lines;
  const power = 10 ** Math.floor(Math.log10(raw));
  return lines * power * [1, 2, 2.5, 5, 10].find((m) => m * power >= raw);
}

export class Chart {
  // node is filled; label returns what a series is called in the tip.
  constructor(node, { lines = 4, tip = true, colourOf, classOf = () => 'area', describe = () => {} }) {
    Object.assign(this, { node, lines, colourOf, classOf, describe, data: null, at: null });
    new ResizeObserver(() => this.draw()).observe(node);
    if (!tip) return;
    node.addEventListener('pointermove', (e) => this.point(e.clientX - node.getBoundingClientRect().left));
    node.addEventListener('pointerleave', () => this.move(null));
    node.addEventListener('blur', () => this.move(null));
    node.addEventListener('keydown', (e) => {
      const last = this.data ? this.data.points - 1 : 0;
      const to = { ArrowLeft: (this.at ?? last + 1) - 1, ArrowRight: (this.at ?? last - 1) + 1, Home: 0, End: last, Escape: null }[e.key];
      if (to === undefined) return;
      e.preventDefault();
      this.move(to === null ? null : Math.min(Math.max(to, 0), last), true);
    });
  }

  // show takes {start, step (ms), points, series: [{name, values (per minute)}], periods: [{from, to, title}], only}.
  show(data) {
    this.data = data;
    this.draw();
  }

  draw() {
    const { data, node } = this;
    const width = node.clientWidth, height = node.clientHeight;
    if (!data || !width || !height) return;
    const box = { left: 34, right: width, top: 8, bottom: height - 18 };
    const totals = new Array(data.points).fill(0);
    for (const s of data.series) s.values.forEach((v, i) => { totals[i] += v; });
    const max = Math.max(0, ...totals);
    const top = max > 0 ? niceTop(max, this.lines) : this.lines;
    const x = (i) => box.left + ((box.right - box.left) * i) / data.points;
    const y = (v) => box.bottom - ((box.bottom - box.top) * v) / top;
    this.place = { x, box };

    const drawing = svg('svg', { 'aria-hidden': 'true' });
    for (let i = 0; i <= this.lines; i++) {
      const v = (top * i) / this.lines, line = Math.round(y(v)) + 0.5;
      drawing.append(svg('line', { class: 'grid', x1: box.left, x2: box.right, y1: line, y2: line }));
      if (max > 0 || i === 0) drawing.append(svg('text', { x: box.left - 6, y: line + 3.5, 'text-anchor': 'end' }, max > 0 ? String(Number(v.toPrecision(3))) : '0'));
    }
    this.drawTimes(drawing, x, box, height);
    this.drawPeriods(drawing, box);
    const floor = new Array(data.points).fill(0);
    for (const s of data.series) {
      const path = svg('path', { class: `${this.classOf(s.name)}${data.only && data.only !== s.name ? ' dim' : ''}`, d: steps(s.values, floor, x, y) });
      if (this.colourOf) path.style.fill = this.colourOf(s.name);
      drawing.append(path);
      s.values.forEach((v, i) => { floor[i] += v; });
    }
    if (max === 0) drawing.append(svg('text', { class: 'none', x: (box.left + box.right) / 2, y: (box.top + box.bottom) / 2 + 4, 'text-anchor': 'middle' }, data.none));
    this.cursor = svg('line', { class: 'cursor', y1: box.top, y2: box.bottom, visibility: 'hidden' });
    drawing.append(this.cursor);
    this.tip = el('div', { class: 'tip', hidden: true });
    node.replaceChildren(drawing, this.tip);
    if (this.at !== null) this.move(Math.min(this.at, data.points - 1));
  }

  drawTimes(drawing, x, box, height) {
    const { start, step, points } = this.data;
    const every = [1, 2, 5, 10, 15, 30].find((m) => (m * 60_000 * (box.right - box.left)) / (points * step) > 56) * 60_000;
    for (let t = Math.ceil(start / every) * every; t < start + points * step; t += every) {
      const at = x((t - start) / step);
      if (at > box.left + 12 && at < box.right - 14) drawing.append(svg('text', { x: at, y: height - 3, 'text-anchor': 'middle' }, minute(new Date(t))));
    }
  }

  // drawPeriods shades when alerts fired.
  drawPeriods(drawing, box) {
    const { start, step, points, periods = [] } = this.data;
    for (const p of joined(periods)) {
      const from = Math.max(p.from, start), to = Math.min(p.to, start + points * step);
      if (to <= from) continue;
      const a = this.place.x((from - start) / step), b = Math.max(this.place.x((to - start) / step), a + 2);
      drawing.append(svg('rect', { class: 'shade', x: a, y: box.top, width: b - a, height: box.bottom - box.top }),
        svg('line', { class: 'shade-edge', x1: a, x2: b, y1: box.top, y2: box.top }, svg('title', {}, p.title)));
    }
  }

  point(px) {
    if (!this.data || !this.place) return;
    const { left, right } = this.place.box;
    const i = Math.floor(((px - left) / (right - left)) * this.data.points);
    this.move(i >= 0 && i < this.data.points ? i : null);
  }

  // move puts the cursor on a step and says what is there.
  move(at, aloud = false) {
    this.at = at;
    if (!this.cursor) return;
    this.tip.hidden = at === null;
    this.cursor.setAttribute('visibility', at === null ? 'hidden' : 'visible');
    if (at === null) return;
    const { x, box } = this.place, centre = x(at + 0.5);
    this.cursor.setAttribute('x1', centre);
    this.cursor.setAttribute('x2', centre);
    const time = clock(new Date(this.data.start + at * this.data.step));
    const there = this.data.series.filter((s) => s.values[at] > 0).reverse();
    this.tip.replaceChildren(el('time', {}, time), ...there.map((s) => {
      const mark = el('i', { class: 'swatch' });
      if (this.colourOf) mark.style.background = this.colourOf(s.name);
      else mark.classList.add(s.name);
      return el('div', {}, el('span', { class: 'key' }, mark, s.name), el('b', {}, rate(s.values[at])));
    }), there.length ? '' : el('div', {}, 'nothing'));
    const wide = this.tip.offsetWidth;
    this.tip.style.left = `${centre + 12 + wide > box.right ? centre - 12 - wide : centre + 12}px`;
    if (aloud) this.describe(`${time}: ${there.map((s) => `${s.name} ${rate(s.values[at])} per minute`).join(', ') || 'nothing'}`);
  }
}

// joined lays periods that overlap together, so that shade is not laid on shade.
function joined(periods) {
  const all = [];
  for (const p of [...periods].sort((a, b) => a.from - b.from)) {
    const last = all.at(-1);
    if (last && p.from <= last.to) {
      last.to = Math.max(last.to, p.to);
      last.title += `\n${p.title}`;
    } else all.push({ ...p });
  }
  return all;
}

// steps is the outline of values that stand on a floor; spans of nothing are
// left out.
function steps(values, floor, x, y) {
  const parts = [], n = (v) => v.toFixed(1);
  for (let i = 0; i < values.length; i++) {
    if (!values[i]) continue;
    let j = i;
    while (j < values.length && values[j]) j++;
    let out = `M${n(x(i))} ${n(y(floor[i]))}`;
    for (let k = i; k < j; k++) out += `V${n(y(floor[k] + values[k]))}H${n(x(k + 1))}`;
    for (let k = j - 1; k >= i; k--) out += `V${n(y(floor[k]))}H${n(x(k))}`;
    parts.push(`${out}Z`);
    i = j;
  }
  return parts.join('');
}

// spark is a small course of minutes; its colour is its category's.
export function spark(minutes, fill, width = 80, height = 18) {
  const drawing = svg('svg', { class: 'spark', viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: 'none', 'aria-hidden': 'true' });
  drawing.append(svg('line', { x1: 0, x2: width, y1: height - 0.5, y2: height - 0.5 }));
  const max = Math.max(1, ...minutes), n = minutes.length;
  const path = svg('path', { d: steps(minutes, new Array(n).fill(0), (i) => (i * width) / n, (v) => height - 1 - ((height - 2) * v) / max) });
  path.style.fill = fill;
  drawing.append(path);
  return drawing;
}

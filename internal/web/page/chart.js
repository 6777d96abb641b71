/* global uPlot */
// Stacked steps over time, drawn by uPlot. No axis starts anywhere but at 0, and
// areas are counts: nothing is smoothed.
import { el, setText } from './dom.js';
import { clock, minute, rate } from './format.js';

// niceTop is the end of an axis that n lines divide evenly.
function niceTop(max, lines) {
  const raw = Math.max(max, 1e-9) / lines;
  const power = 10 ** Math.floor(Math.log10(raw));
  return lines * power * [1, 2, 2.5, 5, 10].find((m) => m * power >= raw);
}

// paint turns a colour of the style sheet into one that a canvas knows.
const painted = new Map();
const probe = el('i', { hidden: true });
function paint(css) {
  if (!painted.has(css)) {
    if (!probe.isConnected) document.body.append(probe);
    probe.style.color = css;
    painted.set(css, getComputedStyle(probe).color);
  }
  return painted.get(css);
}

const drawn = new Set(); // the charts of this page
function repaint() {
  painted.clear();
  for (const c of drawn) c.redraw();
}
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', repaint);
new MutationObserver(repaint).observe(document.documentElement, { attributeFilter: ['data-theme'] });

// union joins periods that overlap, so that many of them shade no more than one; grave
// ones are drawn last.
export function union(periods) {
  const joined = [];
  for (const p of [...periods].sort((a, b) => Number(a.grave) - Number(b.grave) || a.from - b.from)) {
    const last = joined.at(-1);
    if (last && last.grave === p.grave && p.from <= last.to) last.to = Math.max(last.to, p.to);
    else joined.push({ ...p });
  }
  return joined;
}

export class Chart {
  // colourOf returns a colour of the style sheet for a series' name; charts of
  // one sync key share their cursor. zoom is called with the time that was dragged over,
  // in ms.
  constructor(node, { lines = 4, times = true, colourOf, sync, zoom, describe = () => {} }) {
    Object.assign(this, { node, lines, times, colourOf, sync, zoom, describe, data: null, at: null });
    this.none = el('p', { class: 'none', hidden: true });
    this.tip = el('div', { class: 'tip', hidden: true });
    this.box = el('div', { class: 'plot' });
    node.replaceChildren(this.box, this.none, this.tip);
    drawn.add(this);
    new ResizeObserver(() => this.draw()).observe(node);
    node.addEventListener('blur', () => this.move(null));
    node.addEventListener('keydown', (e) => {
      const last = this.data ? this.data.points - 1 : 0;
      const to = { ArrowLeft: (this.at ?? last + 1) - 1, ArrowRight: (this.at ?? last - 1) + 1, Home: 0, End: last, Escape: null }[e.key];
      if (to === undefined) return;
      e.preventDefault();
      this.move(to === null ? null : Math.min(Math.max(to, 0), last), true);
    });
  }

  // show takes {start, step (ms), points, none, only, series: [{name, values (per
  // minute)}] from the lowest to the highest, periods: [{from, to, grave, title}]}.
  show(data) {
    const names = data.series.map((s) => s.name).join('\n');
    if (this.names !== names) this.destroy();
    Object.assign(this, { data, names });
    this.draw();
  }

  destroy() {
    this.plot?.destroy();
    this.plot = undefined;
  }

  redraw() {
    this.destroy(); // its colours are part of its options
    this.draw();
  }

  draw() {
    const { data, node } = this;
    const width = node.clientWidth, height = node.clientHeight;
    if (!data || !width || !height) return;
    const top = new Array(data.points + 1).fill(0);
    // The top of the stack is drawn first and covered by what is below it.
    const stack = data.series.map((s) => {
      s.values.forEach((v, i) => { top[i] += v; });
      top[data.points] = top[data.points - 1]; // where the last step ends
      return [...top];
    }).reverse();
    this.max = Math.max(0, ...top);
    const x = Array.from(top, (_, i) => (data.start + i * data.step) / 1000);
    if (!this.plot) this.make(width, height);
    else if (this.plot.width !== width || this.plot.height !== height) {
      this.plot.setSize({ width, height });
      this.move(null);
    }
    this.plot.setData([x, ...stack]);
    this.none.hidden = this.max > 0;
    setText(this.none, data.none);
    node.dataset.periods = data.periods?.length ?? 0;
    node.dataset.points = data.points;
    if (this.at !== null) this.tell(Math.min(this.at, data.points - 1));
  }

  make(width, height) {
    const names = this.data.series.map((s) => s.name).reverse();
    const fill = (name) => () => paint(this.data.only && this.data.only !== name
      ? `color-mix(in srgb, ${this.colourOf(name)} 16%, var(--panel))` : this.colourOf(name));
    const font = `11px ${getComputedStyle(document.body).fontFamily}`;
    const axis = { stroke: () => paint('var(--faint)'), font, ticks: { show: false } };
    const grid = { stroke: () => paint('var(--line)'), width: 1 };
    this.plot = new uPlot({
      width, height, padding: [8, 18, this.times ? 0 : 7, 0], legend: { show: false },
      cursor: { y: false, points: { show: false }, drag: { x: Boolean(this.zoom), y: false, setScale: false, dist: 5 }, sync: this.sync ? { key: this.sync } : undefined },
      scales: {
        x: { range: () => [this.data.start / 1000, (this.data.start + this.data.points * this.data.step) / 1000] },
        y: { range: () => [0, this.max > 0 ? niceTop(this.max, this.lines) : this.lines] },
      },
      axes: [
        { ...axis, show: this.times, size: 20, gap: 4, grid: { show: false }, space: 56, values: (u, at) => at.map((t) => minute(new Date(t * 1000))),
          incrs: [60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 14_400, 21_600] },
        { ...axis, size: 38, gap: 6, grid, splits: () => (this.max > 0 ? Array.from({ length: this.lines + 1 }, (_, i) => (niceTop(this.max, this.lines) * i) / this.lines) : [0]),
          values: (u, at) => at.map((v) => String(Number(v.toPrecision(3)))) },
      ],
      series: [{}, ...names.map((name) => ({ fill: fill(name), stroke: fill(name), width: 0, points: { show: false }, paths: uPlot.paths.stepped({ align: 1 }) }))],
      hooks: { setSelect: [(u) => this.dragged(u)], drawClear: [(u) => this.shade(u)], setCursor: [(u) => this.tell(u.cursor.left >= 0 ? this.stepAt(u) : null)] },
    }, undefined, this.box);
  }

  // dragged reports what was dragged over, in whole steps.
  dragged(u) {
    const { left, width } = u.select, { start, step } = this.data;
    if (!this.zoom || width < 5) return;
    u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    const at = (x) => (u.posToVal(x, 'x') * 1000 - start) / step;
    this.zoom(start + Math.floor(at(left)) * step, start + Math.ceil(at(left + width)) * step);
  }

  stepAt(u) {
    const i = Math.floor((u.posToVal(u.cursor.left, 'x') * 1000 - this.data.start) / this.data.step);
    return i >= 0 && i < this.data.points ? i : null;
  }

  // shade marks when alerts fired, under what is drawn later.
  shade(u) {
    const { ctx } = u, { left, top, width, height } = u.bbox, px = devicePixelRatio;
    for (const p of union(this.data.periods ?? [])) {
      const a = Math.max(u.valToPos(p.from / 1000, 'x', true), left);
      const b = Math.min(Math.max(u.valToPos(p.to / 1000, 'x', true), a + 2 * px), left + width);
      if (b <= a) continue;
      ctx.fillStyle = paint(p.grave ? 'var(--shade)' : 'var(--shade-mild)');
      ctx.fillRect(a, top, b - a, height);
      ctx.fillStyle = paint(p.grave ? 'var(--bad)' : 'var(--warn)');
      ctx.fillRect(a, top, b - a, 2 * px);
    }
  }

  // move puts the cursor on a step.
  move(at, aloud = false) {
    if (!this.plot) return;
    const left = at === null ? -10 : this.plot.valToPos((this.data.start + (at + 0.5) * this.data.step) / 1000, 'x');
    this.plot.setCursor({ left, top: at === null ? -10 : 10 });
    this.tell(at);
    if (aloud && at !== null) {
      this.describe(`${this.when(at)}: ${this.there(at).map((s) => `${s.name} ${rate(s.values[at])} per minute`).join(', ') || 'nothing'}`);
    }
  }

  when(at) {
    const time = new Date(this.data.start + at * this.data.step);
    return this.data.step < 60_000 ? clock(time) : minute(time);
  }

  there(at) {
    return this.data.series.filter((s) => s.values[at] > 0).reverse();
  }

  // tell shows what is at a step.
  tell(at) {
    this.at = at;
    this.tip.hidden = at === null || !this.data;
    if (this.tip.hidden) return;
    const there = this.there(at), moment = this.data.start + (at + 0.5) * this.data.step;
    const fired = (this.data.periods ?? []).filter((p) => p.from < moment + this.data.step / 2 && p.to > moment - this.data.step / 2);
    this.tip.replaceChildren(el('time', {}, this.when(at)), ...there.map((s) => {
      const mark = el('i', { class: 'swatch' });
      mark.style.background = this.colourOf(s.name);
      return el('div', {}, el('span', { class: 'key' }, mark, s.name), el('b', {}, rate(s.values[at])));
    }), there.length ? '' : el('div', {}, 'nothing'), ...[...new Set(fired.map((p) => p.title))].map((t) => el('div', { class: 'fired' }, t)));
    const x = this.plot.valToPos(moment / 1000, 'x') + this.plot.over.offsetLeft, wide = this.tip.offsetWidth;
    this.tip.style.left = `${Math.max(0, x + 12 + wide > this.node.clientWidth ? x - 12 - wide : x + 12)}px`;
  }
}

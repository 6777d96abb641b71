// The page: what is shown, and when.
import { byId, colour, el, setText, swatch } from './dom.js';
import { Chart } from './chart.js';
import { clock, count } from './format.js';
import { Details, Search } from './details.js';
import { Feed, get } from './feed.js';
import { CodeTable, Filters } from './table.js';
import { showAlerts, showRequests, showSources, showTiles } from './panels.js';

// What is usual lies at the bottom of the chart, what is somebody's to mend on top.
const stacking = ['entitlement', 'account', 'device', 'output-protection', 'session', 'offline', 'content', 'content-key', 'token',
  'request', 'challenge', 'configuration', 'drm-sdk', 'internal', 'key-manager', 'unlisted'];
const outcomes = ['granted', 'refused', 'failed', 'gateway'];

const state = { status: null, alerts: null, sources: [], rows: [], counted: new Map(), catalogue: new Map(), unlisted: {}, series: null, minutes: 15, skew: 0 };
const lines = new Map(); // source: [[time, lines], ...] of the last seconds
const rowKey = (r) => `${r.source}\n${r.drm}\n${r.code}`;
const codeKey = (drm, code) => `${drm} ${code}`;
const now = () => Date.now() - state.skew; // by the daemon's clock

const table = new CodeTable(byId('table'), (drm, code) => details.open(drm, code));
const filters = new Filters(byId('filters'), (name) => {
  remember();
  show();
  if (name !== 'category' && name !== 'outcome') loadSeries();
});
const details = new Details(look);
new Search(() => [...state.catalogue.values()], (drm, code) => details.open(drm, code));
const chart = new Chart(byId('chart'), { colourOf: colour, describe: (text) => setText(byId('chart-text'), text) });
const requestsChart = new Chart(byId('requests-chart'), { lines: 2, classOf: (name) => `area ${name}` });

table.sorted = remember;

// entry returns what the catalogue says of a row's code.
function entry(r) {
  return state.catalogue.get(codeKey(r.drm, r.code)) ??
    { ...state.unlisted, drm: r.drm, code: r.code, description: r.description || (r.code === 0 ? 'Other codes in no table' : ''), category: r.category };
}

function take(row) {
  const e = entry(row);
  state.counted.set(rowKey(row), { ...row, name: e.description || 'In no table', owner: e.owner, severity: e.severity, outcome: e.outcome });
}

function loaded({ status, codes, alerts, sources, catalogue }) {
  state.catalogue = new Map(catalogue.codes.map((e) => [codeKey(e.drm, e.code), { ...e,
    text: [e.code, e.drm, e.description, e.category, e.severity, e.owner, e.outcome, e.hint].join('\n').toLowerCase() }]));
  state.unlisted = catalogue.unlisted;
  state.counted.clear();
  codes.codes.forEach(take);
  Object.assign(state, { status, alerts, sources, skew: Date.now() - new Date(status.now) });
  lines.clear();
  measure(status.now);
  const tables = [...state.catalogue.values()];
  showTitle();
  filters.offer({
    source: sources.map((s) => s.source),
    drm: [...new Set([...tables.map((e) => e.drm), ...codes.codes.map((r) => r.drm)])],
    category: [...new Set([...tables.map((e) => e.category), 'unlisted'])].sort(),
    outcome: ['expected', 'mixed', 'fault'],
  });
  const sort = filters.chosen.sort;
  if (sort) table.sort = { by: sort.replace('-', ''), down: sort.startsWith('-') };
  table.showHead(status.windows);
  show();
  loadSeries();
}

function changed(c) {
  state.skew = Date.now() - new Date(c.now);
  if (c.status) state.status = c.status;
  if (c.alerts) state.alerts = c.alerts;
  showTitle();
  if (c.sources) {
    state.sources = c.sources;
    measure(c.now);
  }
  c.codes?.forEach(take);
  show();
  if (c.codes && Date.now() - (state.seriesAt ?? 0) > 2500) loadSeries();
}

// showTitle is not drawn with the rest: it is what shows of a page in the back.
function showTitle() {
  const { firing } = state.alerts;
  document.title = firing ? `(${firing}) wvwatch` : 'wvwatch';
}

// measure remembers how many lines were read when.
function measure(at) {
  const time = new Date(at).getTime();
  for (const s of state.sources) {
    const list = (lines.get(s.source) ?? []).filter(([t]) => time - t < 15_000);
    list.push([time, s.lines]);
    lines.set(s.source, list);
  }
}

function lineRates() {
  const rates = new Map();
  for (const [source, list] of lines) {
    const [[from, before]] = list, [last, n] = list.at(-1);
    // Sources that stay as they are send nothing: the time goes on all the same.
    const seconds = (Math.max(now(), last) - from) / 1000;
    if (seconds >= 1) rates.set(source, now() - last > 15_000 ? 0 : (n - before) / seconds);
  }
  return rates;
}

async function loadSeries() {
  state.seriesAt = Date.now();
  const { source = '', drm = '' } = filters.chosen;
  const query = new URLSearchParams(Object.entries({ source, drm }).filter(([, v]) => v));
  try {
    const series = await get(`series?${query}`);
    if ((filters.chosen.source ?? '') !== source || (filters.chosen.drm ?? '') !== drm) return; // another was chosen since
    state.series = series;
    state.minutesOf = new Map(series.codes.map((c) => [codeKey(c.drm, c.code), c.minutes]));
    show();
  } catch { /* the feed says when the daemon is away */ }
}

let due = false;

// show draws at most once a frame, and not while nobody can see it.
function show() {
  if (due) return;
  due = true;
  requestAnimationFrame(() => {
    due = false;
    if (state.status) draw();
  });
}

function draw() {
  const t = now();
  state.rows = [...state.counted.values()];
  showTiles(state, t);
  showAlerts(state.alerts, t);
  showRequests(state.status);
  showSources(state.sources, lineRates(), t);
  showCodes(t);
  showCharts(t);
  if (byId('details').open) details.refresh();
}

// showCodes adds up the sources, or shows the one that is chosen.
function showCodes(t) {
  const sums = new Map();
  for (const r of state.rows) {
    if (!filters.keeps(r) || (filters.chosen.source && r.source !== filters.chosen.source)) continue;
    const key = codeKey(r.drm, r.code), last = new Date(r.last).getTime(), sum = sums.get(key);
    if (!sum) {
      sums.set(key, { ...r, key, last, label: r.code === 0 ? 'other' : String(r.code), recent: [...r.recent], minutes: state.minutesOf?.get(key) });
      continue;
    }
    sum.occurrences += r.occurrences;
    sum.incidents += r.incidents;
    sum.last = Math.max(sum.last, last);
    r.recent.forEach((n, i) => { sum.recent[i] += n; });
  }
  table.show([...sums.values()], t);
  const all = new Set(state.rows.map((r) => codeKey(r.drm, r.code))).size;
  setText(byId('codes-count'), sums.size === all ? `${all} of ${state.catalogue.size} seen` : `${sums.size} of ${all} seen`);
  const none = byId('codes-none');
  none.hidden = sums.size > 0;
  setText(none, all === 0 ? 'No code has been seen yet.' : 'No code that was seen passes the filter.');
}

function showCharts(t) {
  const s = state.series;
  if (!s) return;
  // An hour in steps of 10 s would be finer than the screen.
  const merged = state.minutes > 15 ? 3 : 1, points = (state.minutes * 60) / (s.step_seconds * merged);
  const all = s.requests.granted.length, first = all - points * merged;
  const perMinute = (steps) => Array.from({ length: points }, (_, i) => {
    let n = 0;
    for (let k = 0; k < merged; k++) n += steps[first + i * merged + k];
    return (n * 60) / (s.step_seconds * merged);
  });
  const when = { start: new Date(s.start).getTime() + first * s.step_seconds * 1000, step: s.step_seconds * merged * 1000, points };
  const rank = (name) => (stacking.includes(name) ? stacking.indexOf(name) : stacking.length);
  const names = Object.keys(s.categories).sort((a, b) => rank(a) - rank(b) || a.localeCompare(b));
  const periods = state.alerts.alerts.filter((a) => a.state !== 'pending').map((a) => ({
    from: new Date(a.since).getTime(), to: a.until ? new Date(a.until).getTime() : t, title: `${a.rule}: ${a.sentence}` }));
  chart.show({ ...when, periods, only: filters.chosen.category, none: `nothing in the last ${state.minutes} min`,
    series: names.map((name) => ({ name, values: perMinute(s.categories[name]) })) });
  requestsChart.show({ ...when, none: 'no licence request seen', series: [...outcomes].reverse().map((name) => ({ name, values: perMinute(s.requests[name]) })) });
  showLegend(names, s, first);
}

function showLegend(names, s, first) {
  const list = byId('legend');
  const counts = names.map((name) => [name, s.categories[name].slice(first).reduce((a, b) => a + b, 0)]).filter(([, n]) => n > 0).reverse();
  const wanted = counts.map(([name]) => name).join('\n');
  if (list.dataset.names !== wanted) {
    list.dataset.names = wanted;
    list.replaceChildren(...counts.map(([name]) => el('li', {}, el('button', { type: 'button', 'data-name': name,
      onclick: () => filters.set('category', filters.chosen.category === name ? '' : name) }, swatch(name), name, el('b')))));
  }
  counts.forEach(([name, n], i) => {
    const button = list.children[i].firstChild;
    setText(button.lastChild, count(n));
    button.setAttribute('aria-pressed', String(filters.chosen.category === name));
  });
}

// look gathers what the dialog shows.
function look(drm, code) {
  const key = codeKey(drm, code);
  const rows = state.rows.filter((r) => r.drm === drm && r.code === code);
  const own = state.catalogue.get(key) ?? entry(rows[0] ?? { drm, code, category: 'unlisted' });
  const { text, collisions: _, ...known } = own;
  const same = [...state.catalogue.values()].filter((e) => e.code === code);
  return {
    entry: known, label: code === 0 ? 'other' : String(code), rows, minutes: state.minutesOf?.get(key), windows: state.status.windows,
    collisions: same.find((e) => e.collisions)?.collisions ?? [],
    siblings: same.filter((e) => e.drm !== drm).map(({ drm: d, code: c, description }) => ({ drm: d, code: c, description })),
  };
}

// link says in one place how far the numbers can be believed.
function link(kind, heard) {
  const box = byId('state'), s = state.status;
  document.documentElement.classList.toggle('stale', kind === 'lost');
  let words = 'Connecting', look = 'warn';
  if (kind === 'lost') {
    look = 'bad';
    words = heard ? `Stale since ${clock(new Date(heard))}` : 'The daemon does not answer';
  } else if (kind === 'live' && s) {
    look = s.ready && s.catching_up.length === 0 ? 'good' : 'warn';
    words = s.catching_up.length ? `Catching up: ${s.catching_up.join(', ')}` : s.ready ? 'Ready' : `Not ready: ${s.why}`;
  }
  box.className = `state ${look}`;
  setText(box.lastChild, words);
  setText(byId('clock'), heard ? `as of ${clock(new Date(heard))}` : '');
}

// remember puts the view into the address.
function remember() {
  filters.chosen.sort = `${table.sort.down ? '-' : ''}${table.sort.by}`;
  history.replaceState(null, '', `#${new URLSearchParams(filters.chosen)}`);
}

for (const button of byId('spans').children) {
  button.addEventListener('click', () => {
    state.minutes = Number(button.dataset.minutes);
    for (const b of byId('spans').children) b.setAttribute('aria-pressed', String(b === button));
    show();
  });
}

const themes = ['auto', 'light', 'dark'];
function setTheme(name) {
  if (name === 'auto') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = name;
  setText(byId('theme-name'), name);
  try { localStorage.setItem('wvwatch-theme', name); } catch { /* not kept, then */ }
}
let theme = 'auto';
try { theme = localStorage.getItem('wvwatch-theme') ?? 'auto'; } catch { /* as the system says */ }
setTheme(themes.includes(theme) ? theme : 'auto');
byId('theme').addEventListener('click', () => setTheme(themes[(themes.indexOf(byId('theme-name').textContent) + 1) % themes.length]));

new Feed({ loaded, changed, link }).start();
setInterval(() => {
  if (!document.hidden && state.status && Date.now() - state.seriesAt >= 10_000) loadSeries();
  show();
}, 1000);

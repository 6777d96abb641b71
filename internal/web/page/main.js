// The page: what is shown, and when.
import { byId, colour, el, setText, swatch } from './dom.js';
import { Chart } from './chart.js';
import { clock, count } from './format.js';
import { Details } from './details.js';
import { Feed, get } from './feed.js';
import { Search } from './search.js';
import { CodeTable, Filters } from './table.js';
import { showAlerts, showRequests, showSources, showTiles } from './panels.js';

// What is usual lies at the bottom of the chart, what is somebody's to mend on top.
const stacking = ['entitlement', 'account', 'device', 'output-protection', 'session', 'offline', 'content', 'content-key', 'token',
  'request', 'challenge', 'configuration', 'drm-sdk', 'internal', 'key-manager', 'unlisted'];
const outcomes = ['granted', 'refused', 'failed', 'gateway'];
const outcomeColours = { granted: 'color-mix(in srgb, var(--good) 55%, var(--panel))', refused: 'var(--c-entitlement)', failed: 'var(--bad)', gateway: 'var(--warn)' };

// The times that can be shown: asked is what is loaded for them, merged how many
// of its steps make one of the chart's (finer ones than the screen show nothing),
// every how often they are loaded again at least.
const spans = {
  '15m': { minutes: 15, asked: '1h', merged: 1, every: 10_000, name: '15 min' },
  '1h': { minutes: 60, asked: '1h', merged: 3, every: 10_000, name: 'hour' },
  '6h': { minutes: 360, asked: '6h', merged: 1, every: 30_000, name: '6 h' },
  '24h': { minutes: 1440, asked: '24h', merged: 5, every: 60_000, name: '24 h' },
};

const state = { status: null, alerts: null, sources: [], rows: [], counted: new Map(), catalogue: new Map(), unlisted: {}, series: null, span: '1h', skew: 0 };
const lines = new Map(); // source: [[time, lines], ...] of the last seconds
const rowKey = (r) => `${r.source}\n${r.drm}\n${r.code}`;
const codeKey = (drm, code) => `${drm} ${code}`;
const now = () => Date.now() - state.skew; // by the daemon's clock

const table = new CodeTable(byId('table'), (drm, code) => details.openCode(drm, code));
const filters = new Filters(byId('filters'), (name) => {
  remember();
  show();
  if (name !== 'category' && name !== 'outcome') loadSeries();
  loadLabelled();
});
const details = new Details({ look, source: (name) => state.sources.find((s) => s.source === name), now });
new Search(() => [...state.catalogue.values()], (drm, code) => details.openCode(drm, code));
const describe = (text) => setText(byId('chart-text'), text);
const chart = new Chart(byId('chart'), { colourOf: colour, sync: 'time', times: false, describe });
const requestsChart = new Chart(byId('requests-chart'), { lines: 2, colourOf: (name) => outcomeColours[name], sync: 'time', describe });

table.sorted = remember;

// entry returns what the catalogue says of a row's code.
function entry(r) {
  return state.catalogue.get(codeKey(r.drm, r.code)) ??
    { ...state.unlisted, drm: r.drm, code: r.code, description: r.description || (r.code === 0 ? 'Other codes in no table' : ''), category: r.category };
}

const named = (row) => {
  const e = entry(row);
  return { ...row, name: e.description || 'In no table', owner: e.owner, severity: e.severity, outcome: e.outcome };
};
const take = (row) => state.counted.set(rowKey(row), named(row));

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
    label: Object.entries(codes.labels).flatMap(([name, values]) => values.map((v) => `${name}=${v}`)),
  });
  byId('label-menu').hidden = Object.keys(codes.labels).length === 0;
  loadLabelled();
  document.documentElement.classList.remove('loading');
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
  if (c.codes) state.labelledOld = true;
  show();
  if (c.codes && spans[state.span].asked === '1h' && Date.now() - (state.seriesAt ?? 0) > 2500) loadSeries();
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
  const { source = '', drm = '' } = filters.chosen, over = spans[state.span].asked;
  const query = new URLSearchParams(Object.entries({ source, drm, over }).filter(([, v]) => v));
  try {
    const series = await get(`series?${query}`);
    if ((filters.chosen.source ?? '') !== source || (filters.chosen.drm ?? '') !== drm || spans[state.span].asked !== over) return; // another was chosen since
    state.series = series;
    state.seriesOver = over;
    state.courses = new Map(series.codes.map((c) => [codeKey(c.drm, c.code), c.steps]));
    show();
  } catch { /* the feed says when the daemon is away */ }
}

// loadLabelled gets the rows of one value of a label, where one is chosen; the
// events tell those of all together only.
async function loadLabelled() {
  const { label = '' } = filters.chosen, [name] = label.split('=', 1);
  if (!label) {
    state.labelled = null;
    return;
  }
  Object.assign(state, { labelledAt: Date.now(), labelledOld: false });
  try {
    const answer = await get(`codes?${new URLSearchParams({ label: name, value: label.slice(name.length + 1) })}`);
    if (filters.chosen.label !== label) return; // another was chosen since
    state.labelled = answer.codes.map(named);
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
  showAlerts(state.alerts, state.series?.periods ?? [], t);
  showRequests(state.status);
  showSources(state.sources, lineRates(), t, (name) => details.openSource(name));
  showCodes(t);
  showCharts(t);
  if (byId('details').open) details.refresh();
}

// showCodes adds up the sources, or shows the one that is chosen.
function showCodes(t) {
  const sums = new Map();
  for (const r of state.labelled ?? state.rows) {
    if (!filters.keeps(r) || (filters.chosen.source && r.source !== filters.chosen.source)) continue;
    const key = codeKey(r.drm, r.code), last = new Date(r.last).getTime(), sum = sums.get(key);
    if (!sum) {
      sums.set(key, { ...r, key, last, label: r.code === 0 ? 'other' : String(r.code), recent: [...r.recent], steps: state.courses?.get(key) });
      continue;
    }
    sum.occurrences += r.occurrences;
    sum.incidents += r.incidents;
    sum.last = Math.max(sum.last, last);
    r.recent.forEach((n, i) => { sum.recent[i] += n; });
    if (r.usual !== undefined) sum.usual = (sum.usual ?? 0) + r.usual; // of the sources that are known for long enough
  }
  table.show([...sums.values()], t);
  const all = new Set(state.rows.map((r) => codeKey(r.drm, r.code))).size;
  setText(byId('codes-count'), sums.size === all ? `${all} of ${state.catalogue.size} seen` : `${sums.size} of ${all} seen`);
  const none = byId('codes-none');
  none.hidden = sums.size > 0;
  setText(none, all === 0 ? 'No code has been seen yet. What is read, and why something in it does not count, stands with the sources.' : 'No code that was seen passes the filter.');
}

function showCharts(t) {
  const s = state.series, { minutes, merged, asked, name } = spans[state.span];
  if (!s || state.seriesOver !== asked) return; // on its way
  const all = s.requests.granted.length, points = (minutes * 60) / (s.step_seconds * merged);
  const first = all - points * merged; // the latest steps are shown, whole groups of them
  const perMinute = (steps) => Array.from({ length: points }, (_, i) => {
    let n = 0;
    for (let k = 0; k < merged; k++) n += steps[first + i * merged + k];
    return (n * 60) / (s.step_seconds * merged);
  });
  const when = { start: new Date(s.start).getTime() + first * s.step_seconds * 1000, step: s.step_seconds * merged * 1000, points };
  const rank = (category) => (stacking.includes(category) ? stacking.indexOf(category) : stacking.length);
  const names = Object.keys(s.categories).sort((a, b) => rank(a) - rank(b) || a.localeCompare(b));
  const period = (a, to) => ({ from: new Date(a.from ?? a.since).getTime(), to, grave: a.severity === 'critical', title: a.rule });
  const periods = [
    ...s.periods.map((p) => period(p, new Date(p.to).getTime())),
    ...state.alerts.alerts.filter((a) => a.state === 'firing').map((a) => period(a, t)),
  ].filter((p) => p.to > when.start && p.from < when.start + when.step * points);
  chart.show({ ...when, periods, only: filters.chosen.category, none: `No code in the last ${name}.`,
    series: names.map((category) => ({ name: category, values: perMinute(s.categories[category]) })) });
  requestsChart.show({ ...when, periods, none: `No licence request in the last ${name}.`,
    series: [...outcomes].reverse().map((outcome) => ({ name: outcome, values: perMinute(s.requests[outcome]) })) });
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

// look gathers what the dialog shows of a code.
function look(drm, code) {
  const key = codeKey(drm, code);
  const rows = state.rows.filter((r) => r.drm === drm && r.code === code);
  const own = state.catalogue.get(key) ?? entry(rows[0] ?? { drm, code, category: 'unlisted' });
  const { text, collisions: _, ...known } = own;
  const all = [...state.catalogue.values()], same = all.filter((e) => e.code === code);
  const brief = ({ drm: d, code: c, description }) => ({ drm: d, code: c, description });
  return {
    entry: known, label: code === 0 ? 'other' : String(code), rows, windows: state.status.windows,
    steps: state.courses?.get(key), stepSeconds: state.series?.code_step_seconds, spanName: { '1h': 'hour', '6h': '6 h', '24h': '24 h' }[state.seriesOver],
    runbook: stacking.includes(known.category) ? `runbooks/${known.category}.md` : '',
    collisions: same.find((e) => e.collisions)?.collisions ?? [],
    siblings: same.filter((e) => e.drm !== drm).map(brief),
    near: nearTo(own, all).map(brief),
  };
}

const wordsOf = (text) => new Set((text ?? '').toLowerCase().match(/[a-z]{4,}/g) ?? []);

// nearTo returns codes that are easily taken for e: one's hint names the other,
// or their texts share most of their words.
function nearTo(e, all) {
  const own = wordsOf(e.description), names = (a, b) => new RegExp(`\\b${b.code}\\b`).test(a.hint ?? '');
  return all.map((o) => {
    if (o.code === e.code || (o.drm !== e.drm && !names(e, o))) return [o, 0];
    const other = wordsOf(o.description), shared = [...own].filter((w) => other.has(w)).length;
    const alike = shared / Math.max(1, own.size + other.size - shared);
    return [o, o.drm === e.drm && (names(e, o) || names(o, e)) ? 1 + alike : alike >= 0.6 ? alike : 0];
  }).filter(([, alike]) => alike > 0).sort((a, b) => b[1] - a[1]).slice(0, 8).map(([o]) => o);
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
    const deaf = s.undelivered[0];
    if (deaf) look = 'bad';
    words = deaf ? `${count(deaf.waiting)} ${deaf.waiting === 1 ? 'alert waits' : 'alerts wait'} for ${deaf.receiver}, which takes none` : s.catching_up.length ? `Catching up: ${s.catching_up.join(', ')}` : s.ready ? 'Ready' : `Not ready: ${s.why}`;
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

// setSpan chooses the time that is shown; what is drawn stays until it is there.
function setSpan(name) {
  state.span = name in spans ? name : '1h';
  for (const b of byId('spans').children) b.setAttribute('aria-pressed', String(b.dataset.span === state.span));
}
for (const button of byId('spans').children) {
  button.addEventListener('click', () => {
    setSpan(button.dataset.span);
    filters.chosen.span = state.span;
    remember();
    if (state.seriesOver !== spans[state.span].asked) loadSeries();
    show();
  });
}
setSpan(filters.chosen.span);

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
  if (!document.hidden && state.status && Date.now() - state.seriesAt >= spans[state.span].every) loadSeries();
  if (!document.hidden && state.labelledOld && Date.now() - (state.labelledAt ?? 0) > 1500) loadLabelled();
  show();
}, 1000);

// The page: what is shown, and when.
import { AlertList } from './alertlist.js';
import { Chart } from './chart.js';
import { Details } from './details.js';
import { byId, colour, el, setIcon, setText, swatch } from './dom.js';
import { Feed, get } from './feed.js';
import { clock, count, local, moment, zone } from './format.js';
import { showRequests, showSources, showTiles } from './panels.js';
import { Route } from './route.js';
import { Search } from './search.js';
import { Store, codeKey, emptyText, shownTime, spans, stacking, stepsOf, titleOf } from './store.js';
import { CodeTable, Filters } from './table.js';
import './theme.js';

const outcomes = ['granted', 'refused', 'failed', 'gateway'];
const outcomeColours = { granted: 'color-mix(in srgb, var(--good) 55%, var(--panel))', refused: 'var(--c-entitlement)', failed: 'var(--bad)', gateway: 'var(--warn)' };

const store = new Store();
const now = () => store.now();
const openCode = (drm, code) => route.go({ show: `code ${drm} ${code}` });
const openSource = (name) => route.go({ show: `source ${name}` });

const table = new CodeTable(byId('table'), openCode);
const filters = new Filters(byId('filters'), (name) => {
  route.step();
  show();
  if (name !== 'category' && name !== 'outcome') loadSeries();
  loadLabelled();
});
const route = new Route({ filters: () => filters.chosen, changed: showView });
const details = new Details({ look: (drm, code) => store.look(drm, code), source: (name) => store.source(name), now, show: openCode, closed: () => route.leave() });
const hrefOf = (a) => route.href({ alert: a.rule, by: a.by, at: a.onset });
const alertList = new AlertList({ href: hrefOf });
let alertPage; // loaded when it is first opened
new Search(() => [...store.catalogue.values()], openCode);
const describe = (text) => setText(byId('chart-text'), text);
const chart = new Chart(byId('chart'), { colourOf: colour, sync: 'time', times: false, describe, zoom });
const requestsChart = new Chart(byId('requests-chart'), { lines: 2, colourOf: (name) => outcomeColours[name], sync: 'time', describe, zoom });
let stale = false;

table.sorted = remember;

// showView shows what the address names: an alert's page, a dialog, or neither.
function showView(view) {
  if (!store.status) return; // shown once there is something to show
  if (view.alert) {
    details.hide();
    showAlert(view);
    return;
  }
  alertPage?.close();
  const [kind, ...rest] = (view.show ?? '').split(' ');
  if (kind === 'code' && rest.length === 2) details.openCode(rest[0], Number(rest[1]));
  else if (kind === 'source' && store.source(rest.join(' '))) details.openSource(rest.join(' '));
  else details.hide();
}

async function showAlert(view) {
  if (!alertPage) {
    const { AlertPage } = await import('./alertpage.js');
    alertPage ??= new AlertPage({ state: store, now, leave: () => route.leave(), href: hrefOf });
  }
  if (route.view === view) alertPage.open(view);
}

function loaded(all) {
  const first = !store.status;
  store.load(all);
  const { codes, sources, status } = all, tables = [...store.catalogue.values()];
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
  if (first) showView(route.view);
}

function changed(c) {
  store.change(c);
  showTitle();
  show();
  if (c.codes && time().asked === '1h' && Date.now() - store.seriesAt > 2500) loadSeries();
}

// showTitle is not drawn with the rest: it is what shows of a page in the back.
function showTitle() {
  if (!store.alerts) return;
  document.title = titleOf(store.alerts, stale);
  const critical = store.alerts.severities.some((s) => s.severity === 'critical' && s.firing > 0);
  setIcon(stale ? '#7d868b' : critical ? '#b3262f' : store.alerts.firing ? '#94610a' : '#1f6f8b');
}

async function loadSeries() {
  store.seriesAt = Date.now();
  const { source = '', drm = '' } = filters.chosen, over = time().asked;
  const query = new URLSearchParams(Object.entries({ source, drm, over }).filter(([, v]) => v));
  try {
    const series = await get(`series?${query}`);
    if ((filters.chosen.source ?? '') !== source || (filters.chosen.drm ?? '') !== drm || time().asked !== over) return; // another was chosen since
    Object.assign(store, { series, seriesOver: over, courses: new Map(series.codes.map((c) => [codeKey(c.drm, c.code), c.steps])) });
    show();
  } catch { /* the feed shows when the daemon is away */ }
}

// loadLabelled gets the rows of one value of a label, where one is chosen; the
// events have those of all together only.
async function loadLabelled() {
  const { label = '' } = filters.chosen, [name] = label.split('=', 1);
  if (!label) {
    store.labelled = null;
    return;
  }
  Object.assign(store, { labelledAt: Date.now(), labelledOld: false });
  try {
    const answer = await get(`codes?${new URLSearchParams({ label: name, value: label.slice(name.length + 1) })}`);
    if (filters.chosen.label !== label) return; // another was chosen since
    store.labelled = answer.codes.map((r) => store.named(r));
    show();
  } catch { /* the feed shows when the daemon is away */ }
}

let due = false;

// show draws at most once a frame, and not while the page is hidden.
function show() {
  if (due) return;
  due = true;
  requestAnimationFrame(() => {
    due = false;
    if (store.status) draw();
  });
}

function draw() {
  const t = now();
  if (alertPage?.view) {
    alertPage.refresh();
    return;
  }
  showTiles(store);
  alertList.show(store.alerts, store.series?.periods ?? [], t, store.reading());
  showRequests(store.status);
  showSources(store.sources, store.lineRates(), t, openSource);
  showCodes(t);
  showCharts(t);
  if (byId('details').open) details.refresh();
}

// showCodes adds up the sources, or shows the one that is chosen.
function showCodes(t) {
  const sums = store.sums(store.labelled ?? store.rows, (r) => filters.keeps(r) && (!filters.chosen.source || r.source === filters.chosen.source));
  table.show(sums, t);
  const all = new Set(store.rows.map((r) => codeKey(r.drm, r.code))).size;
  setText(byId('codes-count'), sums.length === all ? `${all} of ${store.catalogue.size} seen` : `${sums.length} of ${all} seen`);
  byId('codes-none').hidden = sums.length > 0;
  setText(byId('codes-none'), emptyText(store));
}

function showCharts(t) {
  const s = store.series, shown = time(), { asked, name } = shown;
  if (!s || store.seriesOver !== asked) return; // on its way
  const { first, merged, points } = stepsOf(s, shown);
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
    ...store.alerts.alerts.filter((a) => a.state === 'firing').map((a) => period(a, t)),
  ].filter((p) => p.to > when.start && p.from < when.start + when.step * points);
  chart.show({ ...when, periods, only: filters.chosen.category, none: shown.from ? 'No code in the time shown.' : `No code in the last ${name}.`,
    series: names.map((category) => ({ name: category, values: perMinute(s.categories[category]) })) });
  requestsChart.show({ ...when, periods, none: shown.from ? 'No licence request in the time shown.' : `No licence request in the last ${name}.`,
    series: [...outcomes].reverse().map((outcome) => ({ name: outcome, values: perMinute(s.requests[outcome]) })) });
  showLegend(names, s, first, first + points * merged);
}

function showLegend(names, s, first, end) {
  const list = byId('legend');
  const counts = names.map((name) => [name, s.categories[name].slice(first, end).reduce((a, b) => a + b, 0)]).filter(([, n]) => n > 0).reverse();
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

// link shows in one place how far the numbers can be believed.
function link(kind, heard) {
  const box = byId('state'), s = store.status;
  stale = kind === 'lost';
  document.documentElement.classList.toggle('stale', stale);
  showTitle();
  let words = 'Connecting', look = 'warn';
  if (kind === 'lost') {
    look = 'bad';
    words = heard ? `Stale since ${clock(new Date(heard))}: the daemon does not answer` : 'The daemon does not answer';
  } else if (kind === 'live' && s) {
    const deaf = s.undelivered[0];
    look = deaf ? 'bad' : s.ready && s.catching_up.length === 0 ? 'good' : 'warn';
    words = deaf ? `${count(deaf.waiting)} ${deaf.waiting === 1 ? 'alert waits' : 'alerts wait'} for ${deaf.receiver}, which takes none`
      : s.catching_up.length ? `Daemon catching up: ${s.catching_up.join(', ')}` : s.ready ? 'Daemon ready' : `Daemon not ready: ${s.why}`;
  }
  box.className = `state ${look}`;
  setText(box.lastChild, words);
  setText(byId('clock'), heard ? `as of ${clock(new Date(heard))}, times in ${zone()}` : `times in ${zone()}`);
}

// remember puts the view into the address.
function remember() {
  filters.chosen.sort = `${table.sort.down ? '-' : ''}${table.sort.by}`;
  route.keep();
}

// time is what the charts show.
function time() {
  return shownTime(store.span, filters.chosen, now());
}

// zoom shows a time of the last day, given in ms.
function zoom(from, to) {
  const text = (at) => new Date(at).toISOString().replace('.000Z', 'Z');
  const earliest = Math.max(from, now() - 86_400_000 + 60_000), latest = Math.max(to, earliest + 60_000);
  Object.assign(filters.chosen, { from: text(Math.floor(earliest / 1000) * 1000), to: text(Math.floor(latest / 1000) * 1000) });
  showTime();
}

// showTime shows the time that is chosen; what is drawn stays until it is there.
function showTime() {
  const { span, from } = filters.chosen;
  store.span = span in spans ? span : '1h';
  route.step();
  markTime();
  if (store.status && store.seriesOver !== time().asked) loadSeries();
  show();
  if (!from) byId('range').open = false;
}

function markTime() {
  const shown = time();
  for (const b of byId('spans').children) b.setAttribute('aria-pressed', String(!shown.from && b.dataset.span === store.span));
  byId('unzoom').hidden = !shown.from;
  if (shown.from) setText(byId('unzoom'), `${moment(shown.from)} – ${clock(new Date(shown.to))} ×`);
  byId('unzoom').setAttribute('aria-label', `Show the last ${spans[store.span].name} again`);
}

for (const button of byId('spans').children) {
  button.addEventListener('click', () => {
    filters.chosen.span = button.dataset.span;
    delete filters.chosen.from;
    delete filters.chosen.to;
    showTime();
  });
}
byId('unzoom').addEventListener('click', () => {
  delete filters.chosen.from;
  delete filters.chosen.to;
  showTime();
  byId('range').firstChild.focus();
});
byId('range').addEventListener('toggle', () => {
  if (!byId('range').open) return;
  const { from, to, minutes } = time(), form = byId('range-form'), end = to || now();
  form.elements.namedItem('from').value = local(new Date(from || end - minutes * 60_000));
  form.elements.namedItem('to').value = local(new Date(end));
  setText(byId('range-zone'), `of the last 24 hours, in ${zone()}; or drag over the chart`);
});
byId('range-form').addEventListener('submit', (e) => {
  e.preventDefault();
  const { from, to } = e.target.elements;
  zoom(Date.parse(from.value), Date.parse(to.value));
  byId('range').open = false;
});
// Back and Forward go through filters and times, too.
addEventListener('popstate', () => {
  filters.read();
  filters.mark();
  store.span = filters.chosen.span in spans ? filters.chosen.span : '1h';
  markTime();
  if (!store.status) return;
  loadSeries();
  loadLabelled();
  show();
});
store.span = filters.chosen.span in spans ? filters.chosen.span : '1h';
markTime();

new Feed({ loaded, changed, link }).start();
setInterval(() => {
  if (!document.hidden && store.status && Date.now() - store.seriesAt >= time().every) loadSeries();
  if (!document.hidden && store.labelledOld && Date.now() - store.labelledAt > 1500) loadLabelled();
  show();
}, 1000);

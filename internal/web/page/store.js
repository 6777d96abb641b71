// What the page knows: the answers of the API, and what follows from them. Nothing here
// touches the document.
// What is normal is at the bottom of the chart, what a team has to fix on top.
export const stacking = ['entitlement', 'account', 'device', 'output-protection', 'session', 'offline', 'content', 'content-key', 'token',
  'request', 'challenge', 'configuration', 'drm-sdk', 'internal', 'key-manager', 'unlisted'];

// The times that can be shown: asked is what is loaded for them, merged how many
// of its steps make one of the chart's (finer ones than the screen show nothing),
// every how often they are loaded again at least.
export const spans = {
  '15m': { minutes: 15, asked: '1h', merged: 1, every: 10_000, name: '15 min' },
  '1h': { minutes: 60, asked: '1h', merged: 3, every: 10_000, name: 'hour' },
  '6h': { minutes: 360, asked: '6h', merged: 1, every: 30_000, name: '6 h' },
  '24h': { minutes: 1440, asked: '24h', merged: 5, every: 60_000, name: '24 h' },
};

const day = 86_400_000; // ms: what can be shown

/** shownTime returns what of the last day is shown: a span up to now, or a time that was
 * chosen, where it is one of the last day and a minute long. asked is what to load for it.
 * @param {string} name of the span
 * @param {{from?: string, to?: string}} chosen as RFC 3339
 * @param {number} now in ms */
export function shownTime(name, chosen, now) {
  const from = Date.parse(chosen.from ?? ''), to = Math.min(Date.parse(chosen.to ?? ''), now);
  if (!(to - from >= 60_000) || now - from > day) return { ...spans[name], from: 0, to: 0 };
  const age = now - from, asked = age <= 3_600_000 ? '1h' : age <= 21_600_000 ? '6h' : '24h';
  return { ...spans[asked], asked, from, to, name: 'time shown' };
}

/** stepsOf returns which steps of a series are shown: the first, how many make one of the
 * chart's (merged), and how many of those there are (points).
 * @param {{start: string, step_seconds: number, requests: {granted: number[]}}} series */
export function stepsOf(series, { from, to, minutes, merged }) {
  const all = series.requests.granted.length, step = series.step_seconds * 1000, start = Date.parse(series.start);
  if (!from) {
    const points = (minutes * 60_000) / (step * merged);
    return { first: all - points * merged, merged, points }; // the latest, whole groups of them
  }
  const first = Math.min(Math.max(0, Math.floor((from - start) / step)), all - 1), end = Math.min(all, Math.ceil((to - start) / step));
  const each = Math.max(1, Math.ceil((end - first) / 360));
  return { first, merged: each, points: Math.max(1, Math.floor((end - first) / each)) };
}

const rowKey = (r) => `${r.source}\n${r.drm}\n${r.code}`;
export const codeKey = (drm, code) => `${drm} ${code}`;

export class Store {
  constructor() {
    this.status = null; // of /api/v1/status; null before the first answer
    this.alerts = null;
    this.sources = [];
    this.counted = new Map(); // rowKey to row
    this.catalogue = new Map(); // codeKey to entry
    this.unlisted = {};
    this.series = null;
    this.seriesOver = ''; // the time that series is of
    this.seriesAt = 0; // ms, when it was asked for
    this.courses = new Map(); // codeKey to steps
    this.span = '1h';
    this.skew = 0; // ms that the viewer's clock is ahead of the daemon's
    this.labelled = null; // rows of the value of a label that is chosen
    this.labelledOld = false;
    this.labelledAt = 0;
    this.lines = new Map(); // source: [[time, lines], ...] of the last seconds
  }

  // now is the time by the daemon's clock.
  now() {
    return Date.now() - this.skew;
  }

  get rows() {
    return [...this.counted.values()];
  }

  // load takes everything at once.
  load({ status, codes, alerts, sources, catalogue }) {
    this.catalogue = new Map(catalogue.codes.map((e) => [codeKey(e.drm, e.code), { ...e,
      text: [e.code, e.drm, e.description, e.category, e.severity, e.owner, e.outcome, e.hint].join('\n').toLowerCase() }]));
    this.unlisted = catalogue.unlisted;
    this.counted.clear();
    codes.codes.forEach((r) => this.take(r));
    Object.assign(this, { status, alerts, sources, skew: Date.now() - new Date(status.now).getTime() });
    this.lines.clear();
    this.measure(status.now);
  }

  // change takes what is different.
  change(c) {
    this.skew = Date.now() - new Date(c.now).getTime();
    if (c.status) this.status = c.status;
    if (c.alerts) this.alerts = c.alerts;
    if (c.sources) {
      this.sources = c.sources;
      this.measure(c.now);
    }
    c.codes?.forEach((r) => this.take(r));
    if (c.codes) this.labelledOld = true;
  }

  take(row) {
    this.counted.set(rowKey(row), this.named(row));
  }

  // entry returns the catalogue's entry for a row's code.
  entry(r) {
    return this.catalogue.get(codeKey(r.drm, r.code)) ??
      { ...this.unlisted, drm: r.drm, code: r.code, description: r.description || (r.code === 0 ? 'Other codes in no table' : ''), category: r.category };
  }

  named(row) {
    const e = this.entry(row);
    return { ...row, name: e.description || 'In no table', owner: e.owner, severity: e.severity, outcome: e.outcome };
  }

  source(name) {
    return this.sources.find((s) => s.source === name);
  }

  // reading is false where no source has a file or an input that delivers.
  reading() {
    return this.sources.some((s) => s.files > 0 || s.input || s.last_read);
  }

  // measure remembers how many lines were read when.
  measure(at) {
    const time = new Date(at).getTime();
    for (const s of this.sources) {
      const list = (this.lines.get(s.source) ?? []).filter(([t]) => time - t < 15_000);
      list.push([time, s.lines]);
      this.lines.set(s.source, list);
    }
  }

  lineRates() {
    const rates = new Map(), now = this.now();
    for (const [source, list] of this.lines) {
      const [[from, before]] = list, [last, n] = list.at(-1);
      // Sources that stay as they are send nothing: the time goes on all the same.
      const seconds = (Math.max(now, last) - from) / 1000;
      if (seconds >= 1) rates.set(source, now - last > 15_000 ? 0 : (n - before) / seconds);
    }
    return rates;
  }

  // sums adds the sources up, of the rows that keep accepts.
  sums(rows, keep) {
    const sums = new Map();
    for (const r of rows) {
      if (!keep(r)) continue;
      const key = codeKey(r.drm, r.code), last = new Date(r.last).getTime(), sum = sums.get(key);
      if (!sum) {
        sums.set(key, { ...r, key, last, label: r.code === 0 ? 'other' : String(r.code), recent: [...r.recent], steps: this.courses?.get(key) });
        continue;
      }
      sum.occurrences += r.occurrences;
      sum.incidents += r.incidents;
      sum.last = Math.max(sum.last, last);
      r.recent.forEach((n, i) => { sum.recent[i] += n; });
      if (r.usual !== undefined) sum.usual = (sum.usual ?? 0) + r.usual; // of the sources that are known for long enough
    }
    return [...sums.values()];
  }

  // look gathers what the dialog shows of a code.
  look(drm, code) {
    const key = codeKey(drm, code), rows = this.rows.filter((r) => r.drm === drm && r.code === code);
    const own = this.catalogue.get(key) ?? this.entry(rows[0] ?? { drm, code, category: 'unlisted' });
    const { text: _text, collisions: _, ...known } = own;
    const all = [...this.catalogue.values()], same = all.filter((e) => e.code === code);
    const brief = ({ drm: d, code: c, description }) => ({ drm: d, code: c, description });
    return {
      entry: known, label: code === 0 ? 'other' : String(code), rows, windows: this.status.windows,
      steps: this.courses?.get(key), stepSeconds: this.series?.code_step_seconds, spanName: { '1h': 'hour', '6h': '6 h', '24h': '24 h' }[this.seriesOver],
      runbook: stacking.includes(known.category) ? `runbooks/${known.category}.md` : '',
      collisions: same.find((e) => e.collisions)?.collisions ?? [],
      siblings: same.filter((e) => e.drm !== drm).map(brief),
      near: nearTo(own, all).map(brief),
    };
  }
}

/** emptyText returns why the table of codes is empty, with what to do. */
export function emptyText(store) {
  const none = store.sources.filter((s) => s.files === 0 && !s.input).map((s) => s.source);
  if (store.counted.size > 0) return 'No code that was seen passes the filter.';
  if (store.sources.length > 0 && none.length === store.sources.length) return `No file matches: check files of ${none.join(', ')} in the configuration (wvwatch check says what would be followed).`;
  if (store.sources.every((s) => s.lines === 0)) return 'No line has been read yet.';
  return 'No code has been seen yet. The sources show what is read, and what is ignored and why.';
}

/** titleOf is the title of the tab, which also shows while another tab is open. */
export function titleOf(alerts, stale) {
  if (stale) return 'stale: wvwatch';
  return alerts.firing ? `(${alerts.firing}) wvwatch` : 'wvwatch';
}

const wordsOf = (text) => new Set((text ?? '').toLowerCase().match(/[a-z]{4,}/g) ?? []);

/** nearTo returns codes that are easily taken for e: one's hint names the other,
 * or their texts share most of their words. */
export function nearTo(e, all) {
  const own = wordsOf(e.description), names = (a, b) => new RegExp(`\\b${b.code}\\b`).test(a.hint ?? '');
  return all.map((o) => {
    if (o.code === e.code || (o.drm !== e.drm && !names(e, o))) return [o, 0];
    const other = wordsOf(o.description), shared = [...own].filter((w) => other.has(w)).length;
    const alike = shared / Math.max(1, own.size + other.size - shared);
    return [o, o.drm === e.drm && (names(e, o) || names(o, e)) ? 1 + alike : alike >= 0.6 ? alike : 0];
  }).filter(([, alike]) => alike > 0).sort((a, b) => b[1] - a[1]).slice(0, 8).map(([o]) => o);
}

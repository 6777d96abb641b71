// What is known of one code, or of one source, in a dialog.
import { byId, colour, copyButton, el, setText } from './dom.js';
import { get } from './feed.js';
import { ago, bytes, count, full, moment, offset, promql, rate, span, windowName } from './format.js';
import { bars } from './bars.js';
import { spark } from './spark.js';

const samplesEvery = 5000; // ms between two looks at the samples of what is open

export class Details {
  // look returns what is known of a code, source that of a source, now the
  // daemon's time; closed is called when the viewer closes the dialog.
  constructor({ look, source, now, closed, show }) {
    Object.assign(this, { look, source, now, showCode: show, body: byId('details-body') });
    this.dialog = byId('details');
    byId('details-close').addEventListener('click', () => this.dialog.close());
    this.dialog.addEventListener('click', (e) => { if (e.target === this.dialog) this.dialog.close(); });
    this.dialog.addEventListener('close', () => { // it comes late: the next may be open
      if (this.dialog.open || !this.shown) return;
      this.shown = undefined;
      closed();
    });
  }

  // hide closes the dialog because another view is shown.
  hide() {
    this.shown = undefined;
    if (this.dialog.open) this.dialog.close();
  }

  openCode(drm, code) {
    this.open({ query: { drm, code }, draw: () => this.drawCode(drm, code) });
    if (code) this.loadBreakdown(code);
  }

  // loadBreakdown asks who carries the code's failures of the last quarter of an hour.
  async loadBreakdown(code) {
    const { shown } = this;
    try {
      const answer = await get(`breakdown?${new URLSearchParams({ code, over: '15m' })}`);
      if (this.shown !== shown) return;
      shown.breakdown = answer;
      this.text = undefined;
      shown.draw();
    } catch { /* the feed shows when the daemon is away */ }
  }

  breakdown() {
    const b = this.shown.breakdown;
    if (!b || b.clients === 0) return false;
    const rows = b.known === false ? [] : bars(b, 'h4');
    return [el('h3', {}, 'Who fails ', el('small', {}, `${count(b.clients)} clients in the last 15 min`)),
      rows.length > 0 ? el('div', { class: 'carriers' }, rows) : el('p', { class: 'soft' }, b.known === false ? 'Not known yet: it takes 200 requests since the start of the daemon.' : 'Spread as the traffic.')];
  }

  openSource(name) {
    this.open({ query: { source: name }, draw: () => this.drawSource(name) });
  }

  open(shown) {
    this.shown = shown;
    this.text = undefined;
    this.samples = el('div', { class: 'samples' });
    this.refresh();
    this.loadSamples();
    if (!this.dialog.open) this.dialog.showModal();
    this.dialog.scrollTop = 0;
  }

  refresh() {
    if (!this.shown) return;
    this.shown.draw();
    if (Date.now() - this.asked > samplesEvery) this.loadSamples();
  }

  // fill puts other content into the dialog only where it is another, so that
  // what is read or selected stays.
  fill(known, make) {
    const text = JSON.stringify(known);
    if (text === this.text) return;
    this.text = text;
    this.body.replaceChildren(...make().flat().filter(Boolean));
  }

  async loadSamples() {
    const { shown, samples } = this;
    this.asked = Date.now();
    try {
      const query = Object.entries(shown.query).filter(([, v]) => v);
      const answer = await get(`samples?${new URLSearchParams(query)}`);
      const list = answer.samples.filter((s) => !shown.query.drm || (s.code ?? 0) === shown.query.code);
      if (this.shown === shown && samples.dataset.text !== JSON.stringify(list)) {
        samples.dataset.text = JSON.stringify(list);
        shown.list = list;
        this.text = undefined;
        shown.draw();
      }
    } catch { /* the feed shows when the daemon is away */ }
  }

  drawCode(drm, code) {
    const known = this.look(drm, code);
    const { entry, label, collisions, siblings, near } = known;
    byId('details-title').replaceChildren(el('span', { class: 'mono' }, label), ` ${entry.drm}`);
    const meanings = (title, list, name) => list.length > 0 && [el('h3', {}, title), el('dl', { class: 'meanings' }, list.flatMap((s) => [
      el('dt', {}, s.code ? el('button', { type: 'button', class: 'link', onclick: () => this.showCode(s.drm, s.code) }, name(s)) : s.system), el('dd', {}, s.description ?? s.meaning)]))];
    this.fill(known, () => [
      el('p', { class: 'lead' }, entry.description || 'In no table.'),
      el('div', { class: 'tags' }, ['category', 'severity', 'owner', 'outcome', 'family'].filter((k) => entry[k]).map((k) => el('span', {}, `${k} `, el('b', {}, entry[k])))),
      entry.hint && el('p', { class: 'hint' }, entry.hint),
      known.runbook && el('p', {}, el('a', { href: known.runbook }, `Runbook: ${entry.category}`)),
      this.counted(known),
      this.breakdown(),
      this.lastRecords(code === 0 ? [] : this.shown.list),
      meanings('Easily taken for one another', near, (s) => (s.drm === drm ? String(s.code) : `${s.drm} ${s.code}`)),
      meanings('The same number from another licence server', siblings, (s) => `${s.drm} ${s.code}`),
      meanings('What the number means to others', collisions),
    ]);
  }

  counted({ entry, rows, steps, stepSeconds, windows, spanName }) {
    if (rows.length === 0) return [el('h3', {}, 'Counted'), el('p', { class: 'soft' }, 'Not seen so far.')];
    const head = ['source', ...windows.map((w) => `${windowName(w)} incidents/min`), 'normal /min', 'records', 'incidents', 'first', 'last'];
    const query = promql(entry.drm, entry.code, windows[Math.min(1, windows.length - 1)]);
    return [el('h3', {}, 'Counted ', copyButton('Copy PromQL', () => query)), el('div', { class: 'scroll', tabindex: 0, role: 'group', 'aria-label': 'Counts by source' }, el('table', { class: 'plain' },
      el('thead', {}, el('tr', {}, head.map((t, i) => el('th', { scope: 'col', class: i ? 'num' : '' }, t)))),
      el('tbody', {}, rows.map((r) => el('tr', {}, [
        r.source, ...windows.map((w, i) => rate((r.recent[i] * 60) / w)), r.usual === undefined ? '–' : rate(r.usual), count(r.occurrences), count(r.incidents), moment(r.first), moment(r.last),
      ].map((t, i) => el('td', { class: i ? 'num' : '' }, t))))))),
    steps && [el('h3', {}, `Last ${spanName}, in steps of ${span(stepSeconds)}`), spark(steps, colour(entry.category), 660, 46)]].flat();
  }

  lastRecords(list) {
    return list?.length > 0 && [el('h3', {}, 'Last records ', el('small', {}, 'only what is known to be harmless is shown')), ...list.map((s) => this.sample(s))];
  }

  // sample shows one record. A number that counts is marked; one that is ignored is
  // struck through, with the reason.
  sample(s) {
    return el('figure', { class: 'sample' },
      el('figcaption', {}, el('span', {}, s.source), el('span', { class: 'mono', title: s.file }, s.file.split('/').pop()),
        s.reason && el('span', { class: 'word' }, `ignored: ${s.reason}`), el('time', { datetime: s.taken, title: full(new Date(s.taken)) }, moment(s.taken))),
      el('pre', { tabindex: 0 }, marked(s)));
  }

  drawSource(name) {
    const s = this.source(name);
    if (!s) return;
    setText(byId('details-title'), name);
    const list = this.shown.list ?? [];
    const facts = factsOf(s, this.now());
    const why = [...Object.entries(s.vetoed).map(([reason, n]) => ({ reason, n, text: vetoes[reason] ?? reason })),
      ...Object.entries(s.without_code).map(([reason, n]) => ({ reason, n, text: missing[reason] ?? reason }))].sort((a, b) => b.n - a.n);
    // The numbers change each second; only they are touched then.
    this.fill([name, s.paths, why.map((w) => w.reason), s.unlisted, list], () => [
      el('dl', { class: 'facts' }, facts.flatMap(([key]) => [el('dt', {}, key), el('dd', { 'data-fact': key })])),
      s.paths.length > 0 && [el('h3', {}, 'Files ', el('small', {}, 'followed now or lately')), el('ul', { class: 'paths' }, s.paths.map((p) => el('li', { class: 'mono' }, p)))],
      el('h3', {}, 'Ignored, and why'),
      why.length === 0 && el('p', { class: 'soft' }, 'Nothing was ignored: every number that looked like a code was one.'),
      ...why.map((w) => el('section', { class: 'why' },
        el('p', {}, el('b', { class: 'num', 'data-why': w.reason }), ' ', w.text, ' ', el('span', { class: 'soft mono' }, w.reason)),
        ...list.filter((x) => x.reason === w.reason).map((x) => this.sample(x)))),
      Object.keys(s.unlisted).length > 0 && [el('h3', {}, 'Codes in no table'), el('dl', { class: 'facts one' }, Object.entries(s.unlisted).flatMap(([drm, n]) => [el('dt', {}, drm), el('dd', {}, count(n))]))],
      this.lastRecords(list.filter((x) => x.code)),
    ]);
    for (const [key, value, warn] of facts) {
      const node = this.body.querySelector(`[data-fact="${key}"]`);
      setText(node, value);
      node.classList.toggle('warn', Boolean(warn));
    }
    for (const w of why) setText(this.body.querySelector(`[data-why="${CSS.escape(w.reason)}"]`), count(w.n));
  }
}

// marked returns the text of a record with its numbers marked.
export function marked({ text, marks = [] }) {
  const characters = [...text], parts = [];
  let from = 0;
  for (const m of marks) {
    const number = characters.slice(m.at, m.at + m.length).join(''), why = m.reason && `ignored: ${vetoes[m.reason] ?? m.reason}`;
    parts.push(characters.slice(from, m.at).join(''), m.reason ? el('del', { title: why }, number) : el('mark', { title: 'counted' }, number));
    from = m.at + m.length;
  }
  return [...parts, characters.slice(from).join('')];
}

const vetoes = {
  'no-evidence': 'nothing near the number says that it is a code',
  'player-object': 'numbers stood in a player’s own error object: they are the player’s',
  negative: 'numbers had a minus sign: an error of the operating system or network',
  attached: 'numbers had something touching them: a port, a version, a name',
  'out-of-range': 'numbers were outside 1000–9999',
  'android-framework': 'numbers stood in an error of Android itself',
  'no-object': 'numbers stood in bare text, with no licence URL beside them',
  'other-path': 'the record’s request went to another service',
};

const missing = {
  'licence-status': 'refused licence requests without a code: have the proxy log the server’s body',
  'acquisition-failed': 'players failed to get a licence, and did not say why',
  'response-code': 'exceptions of the platform’s DRM gave an HTTP status only',
  'server-words': 'records hold the licence server’s status, but no code that could be read',
  'lost-shape': 'a listed number is next to the name of a code, in a form that is not read: report the line',
};

// byReason writes counts as "3 full, 1 invalid".
function byReason(counts) {
  return Object.entries(counts).filter(([, n]) => n > 0).map(([reason, n]) => `${count(n)} ${reason.replace('_', ' ')}`).join(', ') || 'none';
}

// inputFacts are those of a source that does not follow files.
function inputFacts(input, now) {
  const facts = [['Input', input.kind]];
  if (input.kafka) {
    const k = input.kafka;
    facts.push(
      ['Topics', `${k.topics.join(', ')}, ${count(k.partitions)} partitions, group ${k.group}`],
      ['Lag', k.lag_records > 0 ? `${count(k.lag_records)} records, ${Math.round(k.lag_seconds)} s` : 'none'],
      ['Records lost to retention', count(k.lost_records), k.lost_records > 0],
      ['Records that can not be read', count(k.poison_records), k.poison_records > 0],
    );
  }
  if (input.spool_max_bytes === 0) return facts;
  const some = (counts) => Object.values(counts).some((n) => n > 0);
  return facts.concat([
    ['Connections', count(input.connections)],
    ['Last received', input.last_received ? `${moment(input.last_received)}, ${ago(new Date(input.last_received), now)}` : 'nothing yet'],
    ['Batches stored', `${count(input.batches)}, ${count(input.records)} records, ${bytes(input.bytes)}`],
    ['Batches repeated by senders', count(input.repeats)],
    ['Spool', `${bytes(input.spool_bytes)} of ${bytes(input.spool_max_bytes)}`, input.spool_bytes > input.spool_max_bytes / 2],
    ['Rejected', byReason(input.rejected), some(input.rejected)],
    ['Dropped', byReason(input.dropped), some(input.dropped)],
  ]);
}

function factsOf(s, now) {
  return [
    ...(s.input ? inputFacts(s.input, now) : [['Files followed', count(s.files), s.files === 0]]),
    ['Lines', count(s.lines)],
    ['Records', count(s.records)],
    ['Last line', s.last_read ? `${moment(s.last_read)}, ${ago(new Date(s.last_read), now)}` : 'none yet'],
    ['Age of fresh lines', s.event_lag_seconds === undefined ? 'not measured' : offset(s.event_lag_seconds) ? `${offset(s.event_lag_seconds)}: is the timezone right?` : span(s.event_lag_seconds), offset(s.event_lag_seconds) !== ''],
    ['Written, not counted yet', bytes(s.lag_bytes), s.catching_up],
    ...(s.input ? [] : [['Rotations', count(s.rotations)], ['Truncations', count(s.truncations)]]),
    ['Lost unread', `${bytes(s.lost_bytes)}, ${count(s.lost_files)} files`, s.lost_bytes + s.lost_files > 0],
    ['Overlong lines skipped', count(s.overlong_lines), s.overlong_lines > 0],
    ['Errors of opening or reading', count(s.open_errors), s.open_errors > 0],
    ['Failures counted once by', s.counts_by, false],
    ['Lines come late by', s.lateness_seconds ? `up to ${span(s.lateness_seconds)}, and alerts as much later` : 'at once', s.lateness_seconds > 0],
    ['Times ahead of the clock', count(s.times_out_of_range), s.times_out_of_range > 0],
  ];
}

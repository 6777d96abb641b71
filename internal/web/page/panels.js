// The panels beside the codes: what stands at the top, alerts, licence requests
// and sources.
import { byId, el, setText, webLink } from './dom.js';
import { ago, bytes, clock, count, full, moment, offset, rate, share, span, windowName } from './format.js';

const minutesOf = (seconds) => seconds / 60;

// showTiles says at a glance how it goes. rows are all rows of codes.
export function showTiles(state, now) {
  const { status, alerts, rows, sources } = state;
  const i = Math.min(1, status.windows.length - 1), w = status.windows[i] ?? 60;
  const recent = rows.reduce((sum, r) => sum + (r.recent[i] ?? 0), 0);
  const faults = rows.reduce((sum, r) => sum + (r.outcome === 'fault' ? (r.recent[i] ?? 0) : 0), 0);
  const q = status.requests[i] ?? { granted: 0, refused: 0, failed: 0, gateway: 0 };
  const asked = q.granted + q.refused + q.failed + q.gateway;
  const lost = sources.reduce((sum, s) => sum + s.lost_bytes, 0);
  const usually = (kept) => { // a minute, of the sources that are known for long enough
    const list = rows.filter((r) => r.usual !== undefined && kept(r));
    return list.length > 0 ? `, usual ${rate(list.reduce((sum, r) => sum + r.usual, 0))}` : '';
  };
  const granted = asked ? q.granted / asked : 1, short = status.usual_granted !== undefined && asked > 20 && granted < status.usual_granted - 0.05;
  const worst = alerts.alerts.find((a) => a.state === 'firing' && a.severity === 'critical');
  const tiles = [
    ['Alerts firing', count(alerts.firing), alerts.pending ? `${alerts.pending} pending` : '', worst ? 'bad' : alerts.firing ? 'warn' : ''],
    [`Codes, ${windowName(w)}`, rate(recent / minutesOf(w)), `/min${usually(() => true)}`, ''],
    [`Faults, ${windowName(w)}`, rate(faults / minutesOf(w)), `/min${usually((r) => r.outcome === 'fault')}`, ''],
    [`Requests, ${windowName(w)}`, rate(asked / minutesOf(w)), '/min', ''],
    [`Granted, ${windowName(w)}`, share(q.granted, asked), !asked ? 'no request seen' : status.usual_granted === undefined ? '' : `usual ${share(status.usual_granted, 1)}`, short ? 'bad' : ''],
    ['To be read', bytes(status.lag_bytes), lost ? `${bytes(lost)} lost` : status.catching_up.length ? 'catching up' : '', lost || status.catching_up.length ? 'warn' : ''],
  ];
  const list = byId('tiles');
  tiles.forEach(([name, value, unit, kind], n) => {
    let tile = list.children[n];
    if (!tile) {
      tile = el('div', {}, el('dt'), el('dd', {}, el('span'), el('small')));
      list.append(tile);
    }
    tile.className = `tile ${kind}`;
    setText(tile.firstChild, name);
    setText(tile.lastChild.firstChild, value);
    setText(tile.lastChild.lastChild, unit);
  });
}

// showAlerts keeps an alert's node while it is the same alert, so that what is
// read aloud or selected is not thrown away each second. periods are those in
// which alerts fired before.
export function showAlerts(alerts, periods, now) {
  const list = byId('alerts');
  showEarlier(alerts, periods);
  setText(byId('alerts-count'), [
    alerts.firing && `${alerts.firing} firing`, alerts.pending && `${alerts.pending} pending`, alerts.resolved && `${alerts.resolved} resolved`,
    alerts.inactive && `${alerts.inactive} quiet`, ...alerts.mutes.filter((m) => m.active).map((m) => `muted now: ${m.name}`),
    ...alerts.unwatched.map((u) => `${u.rule} watches ${u.watched} of ${u.watched + u.unwatched} values of ${u.label}`)].filter(Boolean).join(', '));
  if (alerts.alerts.length === 0) {
    list.replaceChildren(el('p', { class: `note calm ${alerts.inactive ? 'good' : ''}` }, el('i', { class: 'dot' }),
      alerts.inactive ? 'Nothing fires, nothing is pending.' : 'No rule is evaluated here.'));
    return;
  }
  const kept = new Map([...list.children].map((n) => [n.dataset.key, n]));
  list.replaceChildren(...alerts.alerts.map((a) => {
    const key = JSON.stringify([a.state, a.rule, a.since, a.runbook_url, a.labels, a.muted]);
    const node = kept.get(key) ?? makeAlert(a, key);
    setText(node.querySelector('.when'), a.state === 'resolved' ? `${ago(new Date(a.until), now)}, after ${span((new Date(a.until) - new Date(a.since)) / 1000)}` : `for ${span((now - new Date(a.since)) / 1000)}`);
    setText(node.querySelector('p'), a.sentence);
    return node;
  }));
}

function makeAlert(a, key) {
  const extra = Object.entries(a.labels ?? {}).filter(([name]) => !['alertname', 'severity'].includes(name));
  return el('article', { class: `alert ${a.state} ${a.severity === 'critical' ? 'critical' : ''}`, 'data-key': key },
    el('div', { class: 'line' }, el('h3', {}, a.rule), el('span', { class: 'word' }, a.state === 'firing' ? a.severity : a.end && a.end !== 'over' ? a.end : a.state),
      a.muted && el('span', { class: 'word' }, `muted: ${a.muted}`),
      el('time', { class: 'when', datetime: a.since, title: `since ${full(new Date(a.since))}` })),
    el('p'),
    el('div', { class: 'foot' }, a.runbook_url && webLink(a.runbook_url, 'Runbook'),
      extra.length > 0 && el('small', {}, extra.map(([n, v]) => `${n} ${v}`).join(', '))));
}

// showEarlier lists what fired in the time that the chart shows and is no longer
// among the resolved alerts.
function showEarlier(alerts, periods) {
  const list = byId('earlier'), resolved = new Set(alerts.alerts.filter((a) => a.until).map((a) => `${a.rule}\n${a.until}`));
  const before = periods.filter((p) => !resolved.has(`${p.rule}\n${p.to}`)).reverse();
  byId('earlier-box').hidden = before.length === 0;
  setText(byId('earlier-count'), String(before.length));
  const text = JSON.stringify(before);
  if (list.dataset.text === text) return;
  list.dataset.text = text;
  list.replaceChildren(...before.map((p) => el('li', {}, el('b', {}, p.end && p.end !== 'over' ? `${p.rule} (${p.end})` : p.rule),
    el('time', { datetime: p.from, title: `${full(new Date(p.from))} to ${full(new Date(p.to))}` }, `${moment(p.from)} – ${clock(new Date(p.to))}`), el('p', {}, p.sentence))));
}

// showRequests fills the table of outcomes, a line for each window.
export function showRequests(status) {
  const table = byId('requests'), outcomes = ['refused', 'failed', 'gateway'];
  if (!table.tHead.rows.length) {
    table.tHead.append(el('tr', {}, ['over', 'requests', 'granted', ...outcomes].map((t, i) => el('th', { class: i ? 'num' : '', scope: 'col' },
      i > 1 ? el('span', { class: 'key' }, el('i', { class: `swatch ${t}` }), t) : t))));
  }
  const body = table.tBodies[0];
  while (body.rows.length > status.windows.length) body.rows[0].remove();
  status.windows.forEach((w, i) => {
    const row = body.rows[i] ?? body.appendChild(el('tr', {}, [0, 1, 2, 3, 4, 5].map((n) => el('td', { class: n ? 'num' : '' }))));
    const q = status.requests[i], asked = q.granted + q.refused + q.failed + q.gateway;
    [windowName(w), rate(asked / minutesOf(w)), share(q.granted, asked), ...outcomes.map((o) => rate(q[o] / minutesOf(w)))].forEach((text, n) => {
      setText(row.cells[n], text);
      row.cells[n].classList.toggle('zero', n !== 0 && text === '0');
    });
  });
}

const refusedOf = (s) => Object.values(s.vetoed).reduce((a, b) => a + b, 0);
const withoutCodeOf = (s) => Object.values(s.without_code).reduce((a, b) => a + b, 0);

// showSources keeps each source's node. backlogs remembers how much there was to
// read when a source began to catch up: what is left of it is its progress.
const backlogs = new Map();
export function showSources(sources, rates, now, open) {
  const list = byId('sources');
  if (sources.length === 0) {
    list.replaceChildren(el('p', { class: 'note' }, 'No source is configured.'));
    return;
  }
  const kept = new Map([...list.children].map((n) => [n.dataset.source, n]));
  const nodes = sources.map((s) => kept.get(s.source) ?? el('button', { type: 'button', class: 'source', 'data-source': s.source, onclick: () => open(s.source) },
    el('i', { class: 'dot' }), el('b', { title: s.source }, s.source), el('span', { class: 'lines' }), el('span', { class: 'last' }), el('span', { class: 'below' }),
    el('progress', { max: 1, value: 0, hidden: true, 'aria-label': `${s.source} catching up` })));
  if (nodes.some((n, i) => list.children[i] !== n) || list.children.length !== nodes.length) list.replaceChildren(...nodes);
  sources.forEach((s, i) => {
    const [, , reading, last, below, progress] = nodes[i].children;
    const trouble = s.lost_bytes > 0 || s.lost_files > 0 || s.open_errors > 0 || droppedOf(s) > 0;
    nodes[i].className = `source ${(s.files === 0 && !s.input) || trouble || s.catching_up || offset(s.event_lag_seconds) ? 'warn' : 'good'}`;
    setText(reading, rates.has(s.source) ? `${rate(rates.get(s.source))} lines/s` : '');
    setText(last, s.last_read ? ago(new Date(s.last_read), now) : 'no line yet');
    const done = progressOf(s);
    progress.hidden = done === null;
    if (done !== null) progress.value = done;
    setText(below, [
      s.input ? inputOf(s.input) : s.files === 0 ? 'no file' : s.files === 1 ? '1 file' : `${count(s.files)} files`,
      s.catching_up ? `catching up: ${bytes(s.lag_bytes)}${done === null ? '' : `, ${Math.floor(done * 100)} %`}` : s.lag_bytes ? `${bytes(s.lag_bytes)} behind` : '',
      offset(s.event_lag_seconds) && `lines ${offset(s.event_lag_seconds)}`,
      droppedOf(s) > 0 && `${count(droppedOf(s))} dropped`,
      trouble && droppedOf(s) === 0 && (s.open_errors > 0 ? `${count(s.open_errors)} errors of opening` : `${bytes(s.lost_bytes)} lost`),
      s.rotations > 0 && `${count(s.rotations)} rotation${s.rotations > 1 ? 's' : ''}`,
      refusedOf(s) > 0 && `${count(refusedOf(s))} refused`,
      withoutCodeOf(s) > 0 && `${count(withoutCodeOf(s))} without code`,
    ].filter(Boolean).join(' · '));
  });
}

// inputOf says how a source receives, where it does not follow files.
function inputOf(input) {
  const names = { http: 'HTTP', syslog: 'syslog', stdin: 'standard input', fifo: 'FIFO', journald: 'journal' };
  return [
    names[input.kind],
    input.connections > 0 && (input.connections === 1 ? '1 connection' : `${count(input.connections)} connections`),
    input.spool_max_bytes > 0 && input.spool_bytes > input.spool_max_bytes / 2 && `spool ${Math.floor(100 * input.spool_bytes / input.spool_max_bytes)} % full`,
  ].filter(Boolean).join(' · ');
}

// droppedOf returns how many messages were lost before they were stored.
function droppedOf(s) {
  return Object.values(s.input?.dropped ?? {}).reduce((sum, n) => sum + n, 0);
}

// progressOf returns how far a source has caught up, from 0 to 1; null where it
// has.
function progressOf(s) {
  if (!s.catching_up) {
    backlogs.delete(s.source);
    return null;
  }
  backlogs.set(s.source, Math.max(backlogs.get(s.source) ?? 0, s.lag_bytes));
  const whole = backlogs.get(s.source);
  return whole > 0 ? 1 - s.lag_bytes / whole : 0;
}

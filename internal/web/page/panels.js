// The tiles at the top, licence requests and sources.
import { byId, el, setText } from './dom.js';
import { ago, bytes, count, offset, rate, share, windowName } from './format.js';

const minutesOf = (seconds) => seconds / 60;

// showTiles shows the state at a glance.
export function showTiles(state) {
  const { status, alerts, rows, sources } = state;
  const i = Math.min(1, status.windows.length - 1), w = status.windows[i] ?? 60;
  const recent = rows.reduce((sum, r) => sum + (r.recent[i] ?? 0), 0);
  const faults = rows.reduce((sum, r) => sum + (r.outcome === 'fault' ? (r.recent[i] ?? 0) : 0), 0);
  const q = status.requests[i] ?? { granted: 0, refused: 0, failed: 0, gateway: 0 };
  const asked = q.granted + q.refused + q.failed + q.gateway;
  const lost = sources.reduce((sum, s) => sum + s.lost_bytes, 0);
  const usually = (kept) => { // a minute, of the sources that are known for long enough
    const list = rows.filter((r) => r.usual !== undefined && kept(r));
    return list.length > 0 ? list.reduce((sum, r) => sum + r.usual, 0) : undefined;
  };
  const normal = (n) => (n === undefined ? '' : `, normal ${rate(n)}`);
  const faultsNormal = usually((r) => r.outcome === 'fault'), faultRate = faults / minutesOf(w);
  const granted = asked ? q.granted / asked : 1, short = status.usual_granted !== undefined && asked > 20 && granted < status.usual_granted - 0.05;
  const critical = alerts.severities.filter((s) => s.severity === 'critical').reduce((sum, s) => sum + s.firing, 0);
  const many = faults >= 5 && faultRate > 3 * (faultsNormal ?? 0) + 1;
  const tiles = [
    ['Alerts firing', count(alerts.firing), [critical && `${critical} critical`, alerts.pending && `${alerts.pending} pending`].filter(Boolean).join(', '), critical ? 'bad' : alerts.firing ? 'warn' : ''],
    [`Incidents, ${windowName(w)}`, rate(recent / minutesOf(w)), `/min${normal(usually(() => true))}`, ''],
    [`Faults, ${windowName(w)}`, rate(faultRate), `/min${normal(faultsNormal)}`, many ? (critical ? 'bad' : 'warn') : ''],
    [`Requests, ${windowName(w)}`, rate(asked / minutesOf(w)), '/min', ''],
    [`Granted, ${windowName(w)}`, share(q.granted, asked), !asked ? 'no request seen' : status.usual_granted === undefined ? '' : `normal ${share(status.usual_granted, 1)}`, short ? 'bad' : ''],
    ['Backlog', bytes(status.lag_bytes), lost ? `${bytes(lost)} lost` : status.catching_up.length ? 'catching up' : '', lost || status.catching_up.length ? 'warn' : ''],
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

const ignoredOf = (s) => Object.values(s.vetoed).reduce((a, b) => a + b, 0);
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
      s.input ? inputOf(s.input) : s.files === 0 ? 'no file matches: check files of this source' : s.files === 1 ? '1 file' : `${count(s.files)} files`,
      s.catching_up ? `catching up: ${bytes(s.lag_bytes)}${done === null ? '' : `, ${Math.floor(done * 100)} %`}` : s.lag_bytes ? `${bytes(s.lag_bytes)} behind` : '',
      offset(s.event_lag_seconds) && `lines ${offset(s.event_lag_seconds)}`,
      droppedOf(s) > 0 && `${count(droppedOf(s))} dropped`,
      trouble && droppedOf(s) === 0 && (s.open_errors > 0 ? `${count(s.open_errors)} errors of opening` : `${bytes(s.lost_bytes)} lost`),
      s.rotations > 0 && `${count(s.rotations)} rotation${s.rotations > 1 ? 's' : ''}`,
      ignoredOf(s) > 0 && `${count(ignoredOf(s))} ignored`,
      withoutCodeOf(s) > 0 && `${count(withoutCodeOf(s))} without code`,
    ].filter(Boolean).join(' · '));
  });
}

// inputOf returns how a source receives, where it does not follow files.
function inputOf(input) {
  const names = { http: 'HTTP', syslog: 'syslog', stdin: 'standard input', fifo: 'FIFO', journald: 'journal', kafka: 'Kafka' };
  return [
    names[input.kind],
    input.connections > 0 && (input.connections === 1 ? '1 connection' : `${count(input.connections)} connections`),
    input.kafka && input.kafka.lag_records > 0 && `${count(input.kafka.lag_records)} records behind`,
    input.kafka && input.kafka.lost_records > 0 && `${count(input.kafka.lost_records)} records lost`,
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

// The panels beside the codes: what stands at the top, alerts, licence requests
// and sources.
import { byId, el, setText, webLink } from './dom.js';
import { ago, bytes, count, full, rate, share, span, windowName } from './format.js';

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
  const worst = alerts.alerts.find((a) => a.state === 'firing' && a.severity === 'critical');
  const tiles = [
    ['Alerts firing', count(alerts.firing), alerts.pending ? `${alerts.pending} pending` : '', worst ? 'bad' : alerts.firing ? 'warn' : ''],
    [`Codes, ${windowName(w)}`, rate(recent / minutesOf(w)), '/min', ''],
    [`Faults, ${windowName(w)}`, rate(faults / minutesOf(w)), '/min', ''],
    [`Requests, ${windowName(w)}`, rate(asked / minutesOf(w)), '/min', ''],
    [`Granted, ${windowName(w)}`, share(q.granted, asked), asked ? '' : 'no request seen', ''],
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
// read aloud or selected is not thrown away each second.
export function showAlerts(alerts, now) {
  const list = byId('alerts');
  setText(byId('alerts-count'), [
    alerts.firing && `${alerts.firing} firing`, alerts.pending && `${alerts.pending} pending`, alerts.resolved && `${alerts.resolved} resolved`,
    `${alerts.inactive} quiet`].filter(Boolean).join(', '));
  if (alerts.alerts.length === 0) {
    list.replaceChildren(el('p', { class: 'note' }, alerts.inactive ? 'Nothing fires, nothing is pending.' : 'No rule is evaluated here.'));
    return;
  }
  const kept = new Map([...list.children].map((n) => [n.dataset.key, n]));
  list.replaceChildren(...alerts.alerts.map((a) => {
    const key = JSON.stringify([a.state, a.rule, a.since, a.runbook_url, a.labels]);
    const node = kept.get(key) ?? makeAlert(a, key);
    setText(node.querySelector('.when'), a.state === 'resolved' ? `${ago(new Date(a.until), now)}, after ${span((new Date(a.until) - new Date(a.since)) / 1000)}` : `for ${span((now - new Date(a.since)) / 1000)}`);
    setText(node.querySelector('p'), a.sentence);
    return node;
  }));
}

function makeAlert(a, key) {
  const extra = Object.entries(a.labels ?? {}).filter(([name]) => !['alertname', 'severity'].includes(name));
  return el('article', { class: `alert ${a.state} ${a.severity === 'critical' ? 'critical' : ''}`, 'data-key': key },
    el('div', { class: 'line' }, el('h3', {}, a.rule), el('span', { class: 'word' }, a.state === 'firing' ? a.severity : a.state),
      el('time', { class: 'when', datetime: a.since, title: `since ${full(new Date(a.since))}` })),
    el('p'),
    el('div', { class: 'foot' }, a.runbook_url && webLink(a.runbook_url, 'Runbook'),
      extra.length > 0 && el('small', {}, extra.map(([n, v]) => `${n} ${v}`).join(', '))));
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

const vetoes = {
  'player-object': 'in a player’s own error object',
  negative: 'with a minus sign: an error of the system',
  attached: 'with something touching the number',
  'out-of-range': 'outside 1000–9999',
  'android-framework': 'in Android’s own error',
  'no-object': 'in bare text, without a licence URL',
  'other-path': 'on a path that is not the source’s',
  'no-evidence': 'where no code can stand',
};

// showSources keeps each source's node, and with it whether it is open.
export function showSources(sources, rates, now) {
  const list = byId('sources');
  if (sources.length === 0) {
    list.replaceChildren(el('p', { class: 'note' }, 'No source is configured.'));
    return;
  }
  const kept = new Map([...list.children].map((n) => [n.dataset.source, n]));
  const nodes = sources.map((s) => kept.get(s.source) ?? el('details', { class: 'source', 'data-source': s.source },
    el('summary', {}, el('i', { class: 'dot' }), el('b', { title: s.source }, s.source), el('span'), el('span'), el('span')), el('dl', { class: 'facts' })));
  if (nodes.some((n, i) => list.children[i] !== n) || list.children.length !== nodes.length) list.replaceChildren(...nodes);
  sources.forEach((s, i) => {
    const [summary, facts] = nodes[i].children;
    const [, , reading, lag, last] = summary.children;
    const trouble = s.lost_bytes > 0 || s.lost_files > 0 || s.open_errors > 0;
    summary.className = s.files === 0 || trouble || s.catching_up ? 'warn' : 'good';
    setText(reading, rates.has(s.source) ? `${rate(rates.get(s.source))} lines/s` : '');
    setText(lag, s.files === 0 ? 'no file' : s.catching_up ? `catching up: ${bytes(s.lag_bytes)}` : s.lag_bytes ? `${bytes(s.lag_bytes)} behind` : '');
    lag.className = s.files === 0 || s.catching_up ? 'warn' : '';
    setText(last, s.last_read ? ago(new Date(s.last_read), now) : 'never read');
    showFacts(facts, s);
  });
}

function showFacts(list, s) {
  const lines = [
    ['Files followed', count(s.files), s.files === 0],
    ['Lines, records', `${count(s.lines)}, ${count(s.records)}`],
    ['Last read', s.last_read ? full(new Date(s.last_read)) : 'never'],
    ['Written but not counted yet', bytes(s.lag_bytes), s.catching_up],
    ['Rotations, truncations', `${count(s.rotations)}, ${count(s.truncations)}`],
    ['Lost unread', `${bytes(s.lost_bytes)}, ${count(s.lost_files)} files`, s.lost_bytes + s.lost_files > 0],
    ['Overlong lines', count(s.overlong_lines), s.overlong_lines > 0],
    ['Errors of opening or reading', count(s.open_errors), s.open_errors > 0],
    ['Times ahead of the clock', count(s.times_out_of_range), s.times_out_of_range > 0],
  ];
  const refused = Object.entries(s.vetoed).sort((a, b) => b[1] - a[1]).map(([why, n]) => [vetoes[why] ?? why, count(n)]);
  const unlisted = Object.entries(s.unlisted).map(([drm, n]) => [drm, count(n)]);
  const text = JSON.stringify([lines, refused, unlisted]);
  if (list.dataset.text === text) return;
  list.dataset.text = text;
  const pair = ([name, value, warn]) => [el('dt', {}, name), el('dd', { class: warn ? 'warn' : false }, value)];
  list.replaceChildren(...lines.flatMap(pair),
    el('dt', { class: 'head' }, refused.length ? 'Numbers that are no code, because they stood …' : 'No number was refused.'), ...refused.flatMap(pair),
    ...(unlisted.length ? [el('dt', { class: 'head' }, 'Codes in no table')] : []), ...unlisted.flatMap(pair));
}

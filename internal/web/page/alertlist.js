// The panel of alerts: the worst first, rules with many values of a label together.
import { byId, el, setText, webLink } from './dom.js';
import { ago, clock, count, full, moment, rate, share, span } from './format.js';

const groupFrom = 3; // alerts of one rule from which they are shown as one

/** labelOf returns the by label of an alert's rule. */
export function labelOf(a) {
  return Object.entries(a.labels ?? {}).find(([name, value]) => value === a.by && !['alertname', 'severity'].includes(name))?.[0] ?? 'group';
}

/** plural of a label's name: tenant, tenants; category, categories. */
export const plural = (name) => (/[^aeiou]y$/.test(name) ? `${name.slice(0, -1)}ies` : /s$/.test(name) ? name : `${name}s`);

/** grouped puts the alerts of one rule, state and severity together where there are many.
 * Their order stays. Returns lists of alerts. */
export function grouped(alerts) {
  const groups = new Map();
  for (const a of alerts) {
    const key = a.by ? JSON.stringify([a.state, a.rule, a.severity]) : JSON.stringify([a.state, a.rule, a.since, a.labels]);
    groups.set(key, [...(groups.get(key) ?? []), a]);
  }
  return [...groups.values()].flatMap((g) => (g.length >= groupFrom ? [g] : g.map((a) => [a])));
}

/** totals returns the totals of an alert that is over. */
export function totals(a) {
  const t = a.total, parts = [];
  if (t.clients) parts.push(`${count(t.clients)} clients`);
  if (t.incidents) parts.push(`${count(t.incidents)} incidents`);
  if (t.share > 0) parts.push(`${share(t.share, 1)} of plays`);
  if (t.peak) parts.push(`peak ${rate(t.peak)} in a minute`);
  return parts.join(', ');
}

/** words returns how many alerts there are, the worst severities first. */
export function words(alerts) {
  const firing = alerts.severities.filter((s) => s.firing).map((s) => `${count(s.firing)} ${s.severity || 'without severity'}`);
  return [
    firing.length > 0 && `${firing.join(', ')} firing`, alerts.pending && `${alerts.pending} pending`, alerts.resolved && `${alerts.resolved} resolved`,
    alerts.inactive && `${alerts.inactive} quiet`, alerts.left_out && `${count(alerts.left_out)} less severe not shown`,
    ...alerts.mutes.filter((m) => m.active).map((m) => `muted now: ${m.name}`),
    ...alerts.unwatched.map((u) => `${u.rule} watches ${u.watched} of ${u.watched + u.unwatched} values of ${u.label}`),
  ].filter(Boolean).join(', ');
}

export class AlertList {
  // href returns the address of an alert's page.
  constructor({ href }) {
    Object.assign(this, { href, list: byId('alerts'), open: new Set() });
  }

  // show keeps the node of an alert while it is the same alert, so that what is read
  // aloud or selected stays. reading is false where no source has anything to read.
  show(alerts, periods, now, reading) {
    showEarlier(alerts, periods);
    setText(byId('alerts-count'), words(alerts));
    if (alerts.alerts.length === 0) {
      const [text, kind] = !alerts.inactive ? ['No rule is evaluated here.', ''] : reading
        ? ['Nothing fires, nothing is pending.', 'good'] : ['Nothing fires, but nothing is read either: see the sources.', 'warn'];
      this.list.replaceChildren(el('p', { class: `note calm ${kind}` }, el('i', { class: 'dot' }), text));
      return;
    }
    const kept = new Map([...this.list.children].map((n) => [n.dataset.key, n]));
    this.list.replaceChildren(...grouped(alerts.alerts).map((group) => {
      const key = JSON.stringify(group.map((a) => [a.state, a.rule, a.since, a.by, a.runbook_url, a.labels, a.muted]));
      const node = kept.get(key) ?? (group.length === 1 ? this.make(group[0], key) : this.makeGroup(group, key));
      if (group.length === 1) this.update(node, group[0], now);
      else this.updateGroup(node, group, now, alerts.groups);
      return node;
    }));
  }

  update(node, a, now) {
    setText(node.querySelector('.when'), a.state === 'resolved'
      ? `${ago(new Date(a.until), now)}, after ${span((new Date(a.until) - new Date(a.since)) / 1000)}` : `for ${span((now - new Date(a.since)) / 1000)}`);
    setText(node.querySelector('p'), a.state === 'resolved' && totals(a) ? totals(a) : a.sentence);
    if (a.state === 'resolved') node.querySelector('p').title = a.sentence;
  }

  make(a, key) {
    const extra = Object.entries(a.labels ?? {}).filter(([name]) => !['alertname', 'severity'].includes(name));
    return el('article', { class: `alert ${a.state} ${a.severity === 'critical' ? 'critical' : ''}`, 'data-key': key },
      el('div', { class: 'line' }, el('h3', {}, el('a', { href: this.href(a) }, a.rule)), el('span', { class: 'word' }, stateWord(a)),
        a.muted && el('span', { class: 'word muted' }, `muted: ${a.muted}`),
        el('time', { class: 'when', datetime: a.since, title: `since ${full(new Date(a.since))}` })),
      el('p'),
      el('div', { class: 'foot' }, a.runbook_url && webLink(a.runbook_url, 'Runbook'),
        extra.length > 0 && el('small', {}, extra.map(([n, v]) => `${n} ${v}`).join(', '))));
  }

  makeGroup(group, key) {
    const [a] = group;
    const box = el('details', {}, el('summary'), el('ul', { class: 'members' },
      group.map((m) => el('li', {}, el('a', { href: this.href(m) }, m.by), el('span', {}, ` ${totals(m)}`)))));
    box.open = this.open.has(a.rule);
    box.addEventListener('toggle', () => this.open[box.open ? 'add' : 'delete'](a.rule));
    return el('article', { class: `alert group ${a.state} ${a.severity === 'critical' ? 'critical' : ''}`, 'data-key': key },
      el('div', { class: 'line' }, el('h3'), el('span', { class: 'word' }, stateWord(a)), el('time', { class: 'when' })),
      el('p'), box, el('div', { class: 'foot' }, a.runbook_url && webLink(a.runbook_url, 'Runbook')));
  }

  updateGroup(node, group, now, groups = []) {
    const [one] = group;
    const all = groups.find((g) => g.rule === one.rule && g.state === one.state && g.severity === one.severity)?.alerts ?? group.length; // also those left out
    setText(node.querySelector('h3'), `${one.rule}: ${count(all)} ${plural(labelOf(one))}`);
    setText(node.querySelector('summary'), all > group.length ? `${count(group.length)} of ${count(all)}` : `all ${count(all)}`);
    const first = Math.min(...group.map((a) => new Date(a.since).getTime()));
    setText(node.querySelector('.when'), `for ${span((now - first) / 1000)}`);
    const most = [...group].sort((a, b) => b.total.incidents - a.total.incidents).slice(0, 3).map((a) => a.by);
    setText(node.querySelector('p'), `most: ${most.join(', ')}${all > most.length ? ` and ${count(all - most.length)} more` : ''}`);
  }
}

const stateWord = (a) => (a.state === 'firing' ? a.severity : a.end && a.end !== 'over' ? a.end : a.state);

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

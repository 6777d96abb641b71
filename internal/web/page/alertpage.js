// The page of one alert: what broke, since when, where, and what to look at first.
import { bars } from './bars.js';
import { byId, colour, copyText, el, setText, webLink } from './dom.js';
import { Chart } from './chart.js';
import { marked } from './details.js';
import { get } from './feed.js';
import { clock, count, full, rate, share, silenceLink, span, zone } from './format.js';
import { lookFirst, ruledOut, seconds, speaks, withoutOwner } from './verdict.js';

const every = 10_000; // ms between two looks at the verdict

export class AlertPage {
  // state is the page's store, leave closes the page, now is the daemon's time, href
  // returns the address of an alert.
  constructor({ state, leave, now, href }) {
    Object.assign(this, { state, now, href, box: byId('alert-page'), view: null, verdict: null });
    byId('alert-back').addEventListener('click', (e) => {
      e.preventDefault();
      leave();
    });
    byId('alert-copy').addEventListener('click', () => this.copy());
    document.addEventListener('keydown', (e) => { if (e.key === 'Escape' && this.view && !byId('details').open) leave(); });
    this.chart = new Chart(byId('alert-chart'), { lines: 3, colourOf: colour, describe: () => {} });
  }

  open(view) {
    Object.assign(this, { view, verdict: null, asked: 0, samples: null });
    byId('overview').hidden = true;
    this.box.hidden = false;
    this.refresh();
    byId('alert-name').focus();
    scrollTo(0, 0);
  }

  close() {
    if (!this.view) return;
    this.view = null;
    this.box.hidden = true;
    byId('overview').hidden = false;
  }

  // row returns the alert among those that are shown, or the period it was.
  row() {
    const { alert, by = '', at } = this.view;
    const onset = (a) => Math.abs(new Date(a.onset) - new Date(at)) < 1000;
    const all = (this.state.alerts?.alerts ?? []).filter((a) => a.rule === alert && (a.by ?? '') === by);
    return (at && all.find(onset)) || all.find((a) => a.state === 'firing' || a.state === 'pending') || all[0]
      || (this.state.series?.periods ?? []).findLast?.((p) => p.rule === alert && (!at || (new Date(p.from) <= new Date(at).getTime() + 3600e3 && new Date(p.to) >= new Date(at))));
  }

  // others returns the alerts of the rule, where the address does not say which.
  others() {
    const { alert, by } = this.view;
    return by ? [] : (this.state.alerts?.alerts ?? []).filter((a) => a.rule === alert && a.by && a.state !== 'inactive');
  }

  refresh() {
    if (!this.view || !this.state.status) return;
    const a = this.row(), active = a && (a.state === 'firing' || a.state === 'pending');
    if (active && Date.now() - this.asked > every) this.load();
    this.drawHead(a);
    this.drawNumbers(a);
    this.drawCarriers(active);
    this.drawCourse(a);
    if (a && this.samples === null) this.loadSamples(a);
  }

  async load() {
    this.asked = Date.now();
    const { alert, by = '' } = this.view, asked = this.view;
    try {
      const verdict = await get(`verdict?${new URLSearchParams(by ? { alert, by } : { alert })}`);
      if (this.view !== asked) return;
      this.verdict = verdict;
      this.refresh();
    } catch { /* the alert is over since, or the feed shows that the daemon is away */ }
  }

  // sentence returns the alert's verdict in one sentence.
  sentence(a) {
    return this.verdict?.sentence || a?.sentence || '';
  }

  drawHead(a) {
    const v = this.verdict, { alert, by } = this.view;
    setText(byId('alert-name'), by ? `${alert}: ${by}` : alert);
    const box = byId('alert-lead'), over = a?.until ?? a?.to;
    box.className = `panel lead-box ${over ? 'over' : a?.severity === 'critical' ? 'critical' : ''}`;
    setText(byId('alert-severity'), over ? a.end || 'over' : a?.severity ?? 'not active');
    const since = a?.onset ?? a?.from ?? this.view.at;
    const others = a ? [] : this.others();
    setText(byId('alert-since'), others.length > 0 ? 'This rule has several alerts. Choose one:' : !a ? 'This alert is not active, and not among those of the last day.'
      : over ? `${full(new Date(since))} to ${clock(new Date(over))} (${span((new Date(over) - new Date(since)) / 1000)})`
        : `since ${clock(new Date(since))} (${span((this.now() - new Date(since)) / 1000)})`);
    const sentence = this.sentence(a);
    setText(byId('alert-sentence'), v?.owner ? withoutOwner(sentence) : sentence);
    const owner = byId('alert-owner');
    owner.hidden = !v?.owner;
    if (v?.owner) owner.replaceChildren('Likely owner: ', el('b', {}, v.owner), el('span', { class: `sure ${v.confidence}` }, v.confidence));
    const links = byId('alert-links');
    const managers = over ? [] : this.state.status.alertmanagers;
    const text = JSON.stringify([a?.runbook_url, a?.muted, a?.labels, managers, others.map((o) => o.by)]);
    if (links.dataset.text !== text) {
      links.dataset.text = text;
      links.replaceChildren(...others.map((o) => el('a', { href: this.href(o) }, o.by)), ...[a?.runbook_url && webLink(a.runbook_url, 'Runbook'), ...(a?.labels ? managers : []).map((m, i) => webLink(silenceLink(m, a.labels), managers.length > 1 ? `Silence in Alertmanager ${i + 1}` : 'Silence in Alertmanager')),
        a?.muted && el('span', { class: 'word' }, `muted: ${a.muted}`)].filter(Boolean));
    }
    setText(byId('alert-zone'), `times in ${zone()}${v?.judged ? `, judged ${clock(new Date(v.judged))}` : ''}`);
  }

  drawNumbers(a) {
    const v = this.verdict, t = a?.total, known = v?.plays.now > 0;
    const numbers = [
      ['Failing plays', known ? share(v.plays.failing, 1) : t?.share ? share(t.share, 1) : '–', known ? `normal ${share(v.plays.usual, 1)}` : ''],
      ['Granted', v?.granted.now ? share(v.granted.now, 1) : '–', v?.granted.usual ? `normal ${share(v.granted.usual, 1)}` : ''],
      ['Incidents', count(t?.incidents ?? v?.incidents ?? 0), t?.normal ? `normal ${rate(t.normal)}` : ''],
      ['Clients', count(v?.clients || t?.clients || 0), v?.tries_a_play ? `${rate(v.tries_a_play)} tries a play` : ''],
      v?.p95 ? ['Licence p95', seconds(v.p95.now), `normal ${seconds(v.p95.usual)}`] : ['Peak', t?.peak ? rate(t.peak) : '–', t?.peak ? 'incidents in a minute' : ''],
    ];
    const list = byId('alert-numbers');
    numbers.forEach(([name, value, below], i) => {
      const tile = list.children[i] ?? list.appendChild(el('div', { class: 'tile' }, el('dt'), el('dd', {}, el('span'), el('small'))));
      setText(tile.firstChild, name);
      setText(tile.lastChild.firstChild, value);
      setText(tile.lastChild.lastChild, below);
    });
  }

  drawCarriers(active) {
    const v = this.verdict, text = JSON.stringify([v?.dimensions, v?.named, v?.share, v?.ruled_out, v?.kind, active]);
    if (this.text === text) return;
    this.text = text;
    const rows = v ? bars(v) : [];
    byId('alert-carriers').replaceChildren(...(rows.length ? rows : [el('p', { class: 'note' },
      !active ? 'Known only while an alert is active.' : 'Not known yet: it takes ten failed clients, and 200 requests since the start of the daemon.')]));
    setText(byId('alert-carriers-count'), v?.witnesses ? `${count(v.witnesses)} clients looked at` : '');
    byId('alert-first').replaceChildren(...(v ? lookFirst(v) : []).map((t) => el('li', {}, t)));
    byId('alert-first-box').hidden = !v || lookFirst(v).length === 0;
    byId('alert-why').replaceChildren(...(v ? [...speaks(v).map((t) => el('li', { class: 'for' }, t)), ...ruledOut(v).map(([q, t]) => el('li', { class: 'out' }, `${q} ${t}`))] : []));
    byId('alert-why-box').hidden = !v;
    byId('alert-new').replaceChildren(...(v?.first_seen ?? []).map((f) => el('li', {}, el('time', { datetime: f.at }, clock(new Date(f.at))), ` ${f.dimension.replace(/_/g, ' ')} ${f.value} first seen`)));
    byId('alert-new-box').hidden = !v?.first_seen?.length;
  }

  // drawCourse shows the categories of the last hour, with the onset and the alert.
  drawCourse(a) {
    const s = this.state.series;
    if (!s || !a) return;
    const points = s.requests.granted.length, step = s.step_seconds * 1000;
    const to = new Date(a.until ?? a.to ?? this.now()).getTime(), from = new Date(a.onset ?? a.from ?? a.since).getTime();
    this.chart.show({ start: new Date(s.start).getTime(), step, points, none: 'Nothing in the time that is loaded.',
      periods: [{ from, to, grave: a.severity === 'critical', title: a.rule }],
      series: Object.keys(s.categories).sort().map((name) => ({ name, values: s.categories[name].map((n) => (n * 60) / s.step_seconds) })) });
  }

  // loadSamples shows records of the codes that the alert is about.
  async loadSamples(a) {
    this.samples = [];
    const drm = a.labels?.drm, code = this.verdict?.codes?.[0]?.code ?? Number(/\b(\d{4})\b/.exec(a.sentence ?? '')?.[1]);
    if (!code) return;
    try {
      const answer = await get(`samples?${new URLSearchParams(drm && drm !== 'several' ? { drm, code } : { code })}`);
      const list = answer.samples.filter((s) => s.code === code);
      const ends = list.length > 1 ? [list.at(-1), list[0]] : list;
      byId('alert-records').replaceChildren(...ends.map((s) => el('figure', { class: 'sample' },
        el('figcaption', {}, el('span', {}, s.source), el('span', { class: 'mono' }, s.file.split('/').pop()), el('time', { datetime: s.taken }, clock(new Date(s.taken)))), el('pre', { tabindex: 0 }, marked(s)))));
      byId('alert-records-box').hidden = ends.length === 0;
    } catch { /* none, then */ }
  }

  async copy() {
    const done = await copyText(`${this.sentence(this.row())}\n${location.href}`);
    setText(byId('alert-copy'), done ? 'Copied' : 'The browser does not allow it');
    setTimeout(() => setText(byId('alert-copy'), 'Copy for the channel'), 2000);
  }
}

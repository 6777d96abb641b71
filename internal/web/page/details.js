// What is known of one code, in a dialog; and the search that leads there.
import { byId, colour, el } from './dom.js';
import { spark } from './chart.js';
import { count, moment, rate, windowName } from './format.js';

export class Details {
  // look returns {entry, collisions, siblings, rows, minutes, windows} of a code.
  constructor(look) {
    this.look = look;
    this.dialog = byId('details');
    byId('details-close').addEventListener('click', () => this.dialog.close());
    this.dialog.addEventListener('click', (e) => { if (e.target === this.dialog) this.dialog.close(); });
  }

  open(drm, code) {
    this.of = [drm, code];
    this.text = undefined;
    this.refresh();
    if (!this.dialog.open) this.dialog.showModal();
    this.dialog.scrollTop = 0;
  }

  refresh() {
    if (!this.of) return;
    const known = this.look(...this.of), text = JSON.stringify(known);
    if (text === this.text) return; // what is read or selected stays
    this.text = text;
    const { entry, label, collisions, siblings } = known;
    byId('details-title').replaceChildren(el('span', { class: 'mono' }, label), ` ${entry.drm}`);
    byId('details-body').replaceChildren(
      el('p', { class: 'lead' }, entry.description || 'In no table.'),
      el('div', { class: 'tags' }, ['category', 'severity', 'owner', 'outcome', 'family'].filter((k) => entry[k]).map((k) => el('span', {}, `${k} `, el('b', {}, entry[k])))),
      el('p', { class: 'hint' }, entry.hint),
      ...this.counted(known),
      ...(siblings.length ? [el('h3', {}, 'The same number from another licence server'), el('dl', { class: 'meanings' }, siblings.flatMap((s) => [
        el('dt', {}, el('button', { type: 'button', class: 'link', onclick: () => this.open(s.drm, s.code) }, `${s.drm} ${s.code}`)), el('dd', {}, s.description)]))] : []),
      ...(collisions.length ? [el('h3', {}, 'What the number means to others'), el('dl', { class: 'meanings' }, collisions.flatMap((c) => [el('dt', {}, c.system), el('dd', {}, c.meaning)]))] : []));
  }

  counted({ entry, rows, minutes, windows }) {
    if (rows.length === 0) return [el('h3', {}, 'Counted'), el('p', {}, 'Not seen so far.')];
    const head = ['source', ...windows.map((w) => `${windowName(w)} /min`), 'occurrences', 'incidents', 'first', 'last'];
    return [el('h3', {}, 'Counted'), el('div', { class: 'scroll' }, el('table', { class: 'plain' },
      el('thead', {}, el('tr', {}, head.map((t, i) => el('th', { scope: 'col', class: i ? 'num' : '' }, t)))),
      el('tbody', {}, rows.map((r) => el('tr', {}, [
        r.source, ...windows.map((w, i) => rate((r.recent[i] * 60) / w)), count(r.occurrences), count(r.incidents), moment(r.first), moment(r.last),
      ].map((t, i) => el('td', { class: i ? 'num' : '' }, t))))))),
    ...(minutes ? [el('h3', {}, 'By the minute, last hour'), spark(minutes, colour(entry.category), 620, 46)] : [])];
  }
}

const most = 40; // results shown

// Search finds codes by all the words typed.
export class Search {
  constructor(all, open) {
    Object.assign(this, { all, open, input: byId('query'), list: byId('results') });
    this.input.addEventListener('input', () => this.show());
    this.input.addEventListener('focus', () => this.show());
    this.input.addEventListener('keydown', (e) => {
      const first = this.list.querySelector('button');
      if (e.key === 'ArrowDown' && first) { e.preventDefault(); first.focus(); }
    });
    // Not at the key itself, which would also press what the dialog opens with.
    this.input.form.addEventListener('submit', (e) => {
      e.preventDefault();
      this.list.querySelector('button')?.click();
    });
    this.list.addEventListener('keydown', (e) => {
      const next = { ArrowDown: e.target.nextElementSibling, ArrowUp: e.target.previousElementSibling ?? this.input }[e.key];
      if (next) { e.preventDefault(); next.focus(); }
    });
    document.addEventListener('keydown', (e) => {
      if (e.key === 'Escape' && !this.list.hidden) { this.hide(); this.input.value = ''; }
      if (e.key === '/' && !e.ctrlKey && !e.metaKey && !/^(INPUT|SELECT|TEXTAREA)$/.test(e.target.tagName) && !byId('details').open) {
        e.preventDefault();
        this.input.focus();
      }
    });
    document.addEventListener('pointerdown', (e) => { if (!e.target.closest('.search')) this.hide(); });
    document.addEventListener('focusin', (e) => { if (!e.target.closest('.search')) this.hide(); });
  }

  choose(e) {
    this.input.value = '';
    this.hide();
    this.open(e.drm, e.code);
  }

  hide() {
    this.list.hidden = true;
  }

  show() {
    const words = this.input.value.toLowerCase().split(/\s+/).filter(Boolean);
    if (words.length === 0) return this.hide();
    const found = this.all().filter((e) => words.every((w) => e.text.includes(w)));
    this.list.replaceChildren(
      ...found.slice(0, most).map((e) => el('button', { type: 'button', onclick: () => this.choose(e) },
        el('b', { class: 'mono' }, String(e.code)), el('span', { class: 'soft' }, e.drm), el('span', {}, e.description), el('span', { class: 'soft' }, e.category))),
      el('p', { class: 'note', role: 'status' }, found.length > most ? `${found.length} codes, the first ${most} shown` : found.length ? `${found.length} code${found.length > 1 ? 's' : ''}` : 'No code of any table has these words.'));
    this.list.hidden = false;
  }
}

// A search over the whole catalogue.
import { byId, el } from './dom.js';

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

// The table of codes: rows are kept and only what changed in them is touched.
import { byId, colour, el, setText, swatch } from './dom.js';
import { spark } from './spark.js';
import { count, full, rate, span, windowName } from './format.js';

// aboveNormal returns how many times the normal a window's rate is, where that is
// more than chance and more than an evening: over three times as much, by three
// standard deviations. Else 0.
function aboveNormal(r, i, seconds) {
  if (r.usual === undefined) return 0;
  const usual = (r.usual * seconds) / 60, n = r.recent[i];
  return n >= 5 && n > 3 * usual + 3 * Math.sqrt(usual) ? n / Math.max(usual, 1e-9) : 0;
}

export class CodeTable {
  constructor(table, open) {
    Object.assign(this, { head: table.tHead, body: table.tBodies[0], open, rows: new Map(), sort: { by: 'r1', down: true }, windows: [] });
    this.body.addEventListener('click', (e) => {
      const row = e.target.closest('tr');
      if (row && !getSelection().toString()) this.open(row.dataset.drm, Number(row.dataset.code));
    });
    // Up and down move among the codes, as in any list.
    this.body.addEventListener('keydown', (e) => {
      const row = e.target.closest('tr');
      const next = { ArrowDown: row?.nextElementSibling, ArrowUp: row?.previousElementSibling }[e.key];
      if (next) {
        e.preventDefault();
        next.querySelector('button').focus();
      }
    });
  }

  // columns are what a row shows: [key, title, class, of, text].
  columns() {
    return [
      { key: 'code', title: 'Code', kind: 'code', of: (r) => r.code },
      { key: 'drm', title: 'DRM', kind: 'drm', of: (r) => r.drm },
      { key: 'name', title: 'Name', kind: 'name', of: (r) => r.name },
      { key: 'category', title: 'Category', kind: 'category', of: (r) => r.category },
      { key: 'owner', title: 'Owner', kind: 'owner', of: (r) => r.owner },
      ...this.windows.slice(0, 4).map((w, i) => ({
        key: `r${i}`, window: i, title: `${windowName(w)}`, label: `per minute, over ${windowName(w)}`,
        kind: `num${i > 0 && i !== 1 ? ' long' : ''}`, of: (r) => (r.recent[i] * 60) / w, text: rate, down: true,
      })),
      { key: 'usual', title: 'Normal', label: 'a minute at this time of day', kind: 'num usual', of: (r) => r.usual ?? -1, text: (v) => (v < 0 ? '–' : rate(v)), down: true },
      { key: 'occurrences', title: 'Records', label: 'since counting began', kind: 'num records', of: (r) => r.occurrences, text: count, down: true },
      { key: 'incidents', title: 'Incidents', kind: 'num incidents', of: (r) => r.incidents, text: count, down: true },
      { key: 'spark', title: 'Trend', label: 'in the time that the chart shows', kind: 'spark-cell', of: (r) => r.steps?.reduce((a, b) => a + b, 0) ?? 0, down: true },
      { key: 'last', title: 'Last seen', kind: 'num last', of: (r) => r.last, down: true },
    ];
  }

  showHead(windows) {
    this.windows = windows;
    if (!this.columns().some((c) => c.key === this.sort.by)) this.sort = { by: 'occurrences', down: true };
    this.rows.clear();
    this.body.replaceChildren();
    this.head.replaceChildren(el('tr', {}, this.columns().map((c) => el('th', { class: c.kind, scope: 'col', 'data-key': c.key },
      el('button', { type: 'button', title: c.label ? `${c.key === 'occurrences' ? 'records' : 'incidents'} ${c.label}` : false, onclick: () => this.sortBy(c) }, c.title)))));
    this.markSort();
  }

  sortBy(column) {
    this.sort = this.sort.by === column.key ? { by: column.key, down: !this.sort.down } : { by: column.key, down: Boolean(column.down) };
    this.markSort();
    this.show(this.shown, this.now);
    this.sorted?.();
  }

  markSort() {
    for (const th of this.head.querySelectorAll('th')) {
      if (th.dataset.key === this.sort.by) th.setAttribute('aria-sort', this.sort.down ? 'descending' : 'ascending');
      else th.removeAttribute('aria-sort');
    }
  }

  // show takes the rows that are to be seen, in any order.
  show(rows, now) {
    Object.assign(this, { shown: rows, now });
    this.body.parentNode.classList.toggle('one-drm', new Set(rows.map((r) => r.drm)).size < 2);
    const columns = this.columns();
    const by = columns.find((c) => c.key === this.sort.by), sign = this.sort.down ? -1 : 1;
    const sorted = [...rows].sort((a, b) => {
      const x = by.of(a), y = by.of(b);
      return (x < y ? -sign : x > y ? sign : 0) || b.recent.at(-1) - a.recent.at(-1) || b.last - a.last || a.code - b.code;
    });
    const gone = new Set(this.rows.keys());
    sorted.forEach((r, i) => {
      gone.delete(r.key);
      const row = this.rows.get(r.key) ?? this.make(r, columns);
      this.update(row, r, columns);
      if (this.body.children[i] !== row.node) this.body.insertBefore(row.node, this.body.children[i] ?? null);
    });
    for (const key of gone) {
      this.rows.get(key).node.remove();
      this.rows.delete(key);
    }
  }

  make(r, columns) {
    const cells = columns.map((c) => el('td', { class: c.kind }));
    const row = { node: el('tr', { 'data-drm': r.drm, 'data-code': r.code }, cells), cells };
    this.rows.set(r.key, row);
    row.node.classList.toggle('grave', r.severity === 'critical');
    cells[0].append(el('button', { type: 'button', class: 'mono', 'aria-label': `${r.label} ${r.drm}: details` }, r.label));
    cells[3].append(swatch(r.category), el('span'));
    return row;
  }

  update(row, r, columns) {
    columns.forEach((c, i) => {
      const cell = row.cells[i];
      if (c.text) {
        const v = c.of(r);
        setText(cell, c.text(v));
        cell.classList.toggle('zero', v === 0);
        const w = this.windows[c.window];
        if (w) {
          const above = aboveNormal(r, c.window, w);
          cell.classList.toggle('above', above > 0);
          cell.title = above > 0 && r.usual > 0 ? `${above >= 10 ? Math.round(above) : above.toFixed(1)} times the normal` : '';
        }
      } else if (c.key === 'drm' || c.key === 'owner') setText(cell, c.of(r));
      else if (c.key === 'name') {
        setText(cell, r.name);
        cell.title = r.name;
      } else if (c.key === 'category') {
        setText(cell.lastChild, r.category);
        cell.firstChild.style.background = colour(r.category);
      } else if (c.key === 'last') {
        setText(cell, span((this.now - r.last) / 1000));
        cell.title = `last ${full(new Date(r.last))}`;
      } else if (c.key === 'spark' && row.steps !== r.steps) {
        row.steps = r.steps;
        cell.replaceChildren(r.steps ? spark(r.steps, colour(r.category)) : '');
      }
    });
  }
}

// Filters are menus, that of labels where counts are kept by any; what is chosen is in the address too, so that a
// view can be handed on.
export class Filters {
  constructor(form, changed) {
    this.form = form;
    this.menus = ['source', 'drm', 'category', 'outcome', 'label'];
    this.read();
    form.addEventListener('change', (e) => this.set(e.target.name, e.target.value));
    form.addEventListener('submit', (e) => e.preventDefault());
    form.addEventListener('reset', (e) => {
      e.preventDefault();
      this.menus.forEach((m) => delete this.chosen[m]);
      this.mark();
      this.changed();
    });
    this.changed = changed;
  }

  // read takes what is chosen from the address.
  read() {
    this.chosen = Object.fromEntries([...new URLSearchParams(location.hash.slice(1))].filter(([k]) => [...this.menus, 'sort', 'span', 'from', 'to'].includes(k)));
  }

  set(name, value) {
    if (value) this.chosen[name] = value;
    else delete this.chosen[name];
    this.mark();
    this.changed(name);
  }

  // offer puts the choices into the menus.
  offer(choices) {
    for (const name of this.menus) {
      const list = choices[name];
      if (this.chosen[name] && !list.includes(this.chosen[name])) delete this.chosen[name];
      const menu = this.form.elements[name];
      if (menu.dataset.list === JSON.stringify(list)) continue;
      menu.dataset.list = JSON.stringify(list);
      menu.replaceChildren(el('option', { value: '' }, 'all'), ...list.map((v) => el('option', { value: v }, v)));
    }
    this.mark();
  }

  mark() {
    for (const name of this.menus) {
      const menu = this.form.elements[name];
      menu.value = this.chosen[name] ?? '';
      menu.classList.toggle('set', Boolean(this.chosen[name]));
    }
    byId('clear').hidden = !this.menus.some((m) => this.chosen[m]);
  }

  keeps(row) {
    return ['drm', 'category', 'outcome'].every((m) => !this.chosen[m] || row[m] === this.chosen[m]);
  }
}

// What is shown has an address: the part after # holds the alert's page or the dialog
// that is open, next to the filters. Opening one is a step in the history.
const keys = ['alert', 'by', 'at', 'show'];

/** read returns the view that an address names: {}, {alert, by?, at?} or {show}.
 * @param {string} hash */
export function read(hash) {
  const params = new URLSearchParams(hash.replace(/^#/, ''));
  return Object.fromEntries(keys.filter((k) => params.get(k)).map((k) => [k, params.get(k)]));
}

/** write returns the address of a view under the given filters.
 * @param {Record<string, string>} view
 * @param {Record<string, string>} filters */
export function write(view, filters) {
  const rest = Object.entries(filters).filter(([k, v]) => v && !keys.includes(k));
  return `#${new URLSearchParams([...keys.filter((k) => view[k]).map((k) => [k, view[k]]), ...rest])}`;
}

const same = (a, b) => keys.every((k) => (a[k] ?? '') === (b[k] ?? ''));

export class Route {
  // filters returns what the filters hold, changed is called with a view that is
  // another than before.
  constructor({ filters, changed }) {
    this.filters = filters;
    this.changed = changed;
    this.view = read(location.hash);
    addEventListener('hashchange', () => this.set(read(location.hash)));
  }

  href(view) {
    return write(view, this.filters());
  }

  go(view) {
    if (same(view, this.view)) return;
    history.pushState(null, '', this.href(view));
    this.set(view);
  }

  // leave shows the page itself again. It replaces the step instead of going back, which
  // would come too late where the next view is opened at once.
  leave() {
    if (same({}, this.view)) return;
    history.replaceState(null, '', this.href({}));
    this.set({});
  }

  // keep puts changed filters into the address, without a step.
  keep() {
    history.replaceState(null, '', this.href(this.view));
  }

  // step puts changed filters into the address, as a step in the history.
  step() {
    const href = this.href(this.view);
    if (href !== location.hash) history.pushState(null, '', href);
  }

  set(view) {
    if (same(view, this.view)) return;
    this.view = view;
    this.changed(view);
  }
}

// Where the numbers come from: everything once, then what changes. Whenever the
// connection is made again, everything is loaded again, so nothing is missed.

const silence = 6_000; // ms without a word after which what is shown is stale
const retry = [1000, 2000, 5000, 10_000];

export async function get(path) {
  const answer = await fetch(`api/v1/${path}`, { headers: { Accept: 'application/json' } });
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.error || answer.statusText);
  return body;
}

export class Feed {
  // loaded is called with everything, changed with what is different, and link
  // with 'live', 'lost' or 'connecting' and the time of the last word.
  constructor({ loaded, changed, link }) {
    this.calls = { loaded, changed, link };
    this.heard = 0;
    this.failures = 0;
    this.round = 0;
  }

  start() {
    this.connect();
    setInterval(() => this.watch(), 1000);
    addEventListener('online', () => this.connect());
    // A page that the browser keeps for Back must not hold one of the few connections.
    addEventListener('pagehide', () => this.pause());
    addEventListener('pageshow', (e) => { if (e.persisted) this.connect(); });
  }

  pause() {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.events?.close();
    this.opened = Date.now() + 1e9; // watch makes no new one
  }

  connect() {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.events?.close();
    this.events = new EventSource('api/v1/events');
    this.opened = Date.now();
    this.events.addEventListener('hello', () => this.load());
    this.events.addEventListener('beat', () => this.hear());
    this.events.addEventListener('change', (e) => {
      this.hear();
      const change = JSON.parse(e.data);
      if (change.reset) this.load();
      else if (this.waiting) this.waiting.push(change);
      else this.calls.changed(change);
    });
    this.events.addEventListener('error', () => {
      this.lost = true;
      this.report();
      if (this.events.readyState === EventSource.CLOSED) this.later(); // refused: the browser does not try again
    });
  }

  // load gets everything; changes that arrive meanwhile are laid over it.
  async load() {
    const round = ++this.round;
    this.waiting = [];
    try {
      const [status, codes, alerts, sources, catalogue] = await Promise.all(
        ['status', 'codes', 'alerts', 'sources', 'catalogue'].map(get));
      if (round !== this.round) return;
      this.failures = 0;
      this.calls.loaded({ status, codes, alerts, sources: sources.sources, catalogue });
      this.hear();
      const waiting = this.waiting;
      this.waiting = undefined;
      waiting.forEach(this.calls.changed);
    } catch {
      if (round === this.round) {
        this.lost = true;
        this.report();
        this.later();
      }
    }
  }

  later() {
    this.events?.close();
    this.timer ??= setTimeout(() => this.connect(), retry[Math.min(this.failures++, retry.length - 1)]);
  }

  hear() {
    this.heard = Date.now();
    this.lost = false;
    this.report();
  }

  // watch sees a connection that died without saying so.
  watch() {
    if (!this.timer && Date.now() - Math.max(this.heard, this.opened) > silence) this.later();
    this.report();
  }

  report() {
    const stale = this.heard > 0 && (this.lost || Date.now() - this.heard > silence);
    this.calls.link(this.heard === 0 ? (this.lost ? 'lost' : 'connecting') : stale ? 'lost' : 'live', this.heard);
  }
}

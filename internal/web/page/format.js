// Numbers, sizes and times as people read them.

const grouped = new Intl.NumberFormat('en-GB');

export const count = (n) => (n < 1e6 ? grouped.format(n) : n < 1e9 ? `${(n / 1e6).toFixed(n < 1e8 ? 2 : 1)} M` : `${(n / 1e9).toFixed(2)} G`);

// rate has as many digits as are meaningful.
export function rate(n) {
  if (n === 0) return '0';
  if (n < 0.1) return n.toFixed(2);
  if (n < 100) return n.toFixed(1);
  return count(Math.round(n));
}

// share returns 100 % only where part is the whole.
export function share(part, whole) {
  if (!whole) return '–';
  const percent = (100 * part) / whole;
  if (part === whole) return '100 %';
  return `${Math.min(percent, 99.99).toFixed(percent > 99 ? 2 : 1)} %`;
}

export function bytes(n) {
  for (const { unit, size } of [{ unit: 'GB', size: 1e9 }, { unit: 'MB', size: 1e6 }, { unit: 'kB', size: 1e3 }]) {
    if (n >= size) return `${(n / size).toFixed(n < 10 * size ? 1 : 0)} ${unit}`;
  }
  return `${n} B`;
}

export function span(seconds) {
  const s = Math.max(0, Math.round(seconds));
  if (s < 90) return `${s} s`;
  if (s < 90 * 60) return `${Math.round(s / 60)} min`;
  if (s < 36 * 3600) return `${Math.round(s / 3600)} h`;
  return `${Math.round(s / 86400)} d`;
}

// offset returns how far the times of lines are from now, where that is more than
// the delay of a pipeline; else it is empty.
export function offset(lag = 0) {
  if (Math.abs(lag) < 120) return '';
  return lag > 0 ? `${span(lag)} old` : `${span(-lag)} in the future`;
}

/** ago returns how long before now, in ms, a time was.
 * @param {Date} then
 * @param {number} now */
export const ago = (then, now) => `${span((now - then.getTime()) / 1000)} ago`;

export const windowName = (seconds) => (seconds % 3600 === 0 ? `${seconds / 3600}h` : seconds % 60 === 0 ? `${seconds / 60}m` : `${seconds}s`);

const two = (n) => String(n).padStart(2, '0');

export const clock = (time) => `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;

export const minute = (time) => `${two(time.getHours())}:${two(time.getMinutes())}`;

// moment leaves out the date where it is today's.
export function moment(text) {
  const time = new Date(text);
  return time.toDateString() === new Date().toDateString() ? clock(time) : full(time);
}

export const full = (time) => `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())} ${clock(time)}`;

/** zone is the name of the viewer's time zone. */
export const zone = () => Intl.DateTimeFormat().resolvedOptions().timeZone || 'local time';

// local writes a time as a field for one wants it.
export const local = (time) => full(time).replace(' ', 'T');

// silenceLink is the address under which an Alertmanager offers to silence an alert,
// with its labels as matchers.
export function silenceLink(alertmanager, labels) {
  const matchers = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(String(value))}`);
  return `${alertmanager.replace(/\/+$/, '')}/#/silences/new?filter=${encodeURIComponent(`{${matchers.join(', ')}}`)}`;
}

// promql is the query of the numbers of a code, as Prometheus counts it.
export const promql = (drm, code, window) => `60 * sum(rate(drm_incidents_total{drm="${drm}",code="${code}"}[${windowName(window)}]))`;

// Who carries a rise: for each dimension the values with their share of it, and a tick
// at the share that they normally have.
import { el } from './dom.js';
import { share } from './format.js';

const title = (name) => name.replace(/_/g, ' ').replace(/^./, (c) => c.toUpperCase());

/** bars returns the rows of dimensions; named values are marked. Dimensions that are
 * alike everywhere are one line at the end. answer has dimensions, named, share and
 * usual_share, as /api/v1/verdict and /api/v1/breakdown have them; heading is the element
 * of the dimensions' names. */
export function bars(answer, heading = 'h3') {
  const isNamed = (dimension, value) => answer.named.some((n) => n.dimension === dimension && n.value === value);
  const alike = answer.dimensions.filter((d) => d.alike), shown = answer.dimensions.filter((d) => !d.alike && d.top?.length);
  const rows = [];
  if (answer.named.length > 1) rows.push(dimension(heading, 'Together', '', [bar(answer.named.map((n) => n.value).join(' · '), answer.share, answer.usual_share, true)]));
  for (const d of shown) rows.push(dimension(heading, title(d.name), `of ${d.values} seen`, d.top.map((t) => bar(t.value, t.share, t.usual, isNamed(d.name, t.value)))));
  if (alike.length > 0) {
    rows.push(el('p', { class: 'alike' }, el('b', {}, 'Spread as the traffic: '), alike.map((d) => `${d.name.replace(/_/g, ' ')} (${d.values})`).join(', '), '.'));
  }
  return rows;
}

const dimension = (heading, name, below, list) => el('section', { class: 'dimension' }, el(heading, {}, name, below && el('small', {}, below)), el('ul', {}, list));

function bar(value, part, normal, marked) {
  const fill = el('i', { class: 'fill' }), tick = el('i', { class: 'tick' });
  fill.style.width = `${100 * Math.min(Math.max(part, 0), 1)}%`;
  tick.style.left = `${100 * Math.min(Math.max(normal, 0), 1)}%`;
  return el('li', { class: marked ? 'carrier named' : 'carrier' }, el('span', { class: 'value', title: value }, value), el('span', { class: 'track', 'aria-hidden': 'true' }, fill, tick),
    el('b', { class: 'num' }, nearly(part)), el('small', { class: 'num' }, `normal ${share(normal, 1)}`));
}

// nearly writes a share; one that is an estimate is never all of it.
const nearly = (part) => (part >= 0.995 ? 'nearly all' : share(part, 1));

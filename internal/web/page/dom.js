// Building the page. All text becomes text nodes: what came out of a log can not
// become markup here, since nothing on this page parses any.

const svgSpace = 'http://www.w3.org/2000/svg';

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? '' : value);
  }
  node.append(...children.flat().filter((c) => c !== undefined && c !== null && c !== false));
  return node;
}

// el makes an element: el('p', {class: 'note'}, 'text', child).
export const el = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);

// svg makes an element of a drawing.
export const svg = (tag, attributes, ...children) => fill(document.createElementNS(svgSpace, tag), attributes, children);

export const byId = (id) => document.getElementById(id);

// setText changes a text only where it is another, so that a selection stays.
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

// swatch is the square of a category's colour.
export function swatch(category) {
  const node = el('i', { class: 'swatch' });
  node.style.background = colour(category);
  return node;
}

// colour of a category; those of a user's own have the one of "other".
export const colour = (category) => (/^[a-z-]+$/.test(category) ? `var(--c-${category}, var(--c-other))` : 'var(--c-other)');

// webLink is a link where the address is one of the web, or a runbook of the
// daemon's own; else its text. A configured address could be anything.
export function webLink(address, text) {
  if (/^runbooks\/[\w-]+\.md$/.test(address)) return el('a', { href: address, target: '_blank' }, text);
  if (/^https?:\/\//i.test(address)) return el('a', { href: address, rel: 'noreferrer noopener', target: '_blank' }, text);
  return el('span', {}, `${text}: `, el('span', { class: 'mono' }, address));
}

// setIcon paints the icon of the tab. It is no file, since the daemon may be away when
// the colour changes.
export function setIcon(ground) {
  const link = /** @type {HTMLLinkElement} */ (document.querySelector('link[rel="icon"]'));
  if (link.dataset.ground === ground) return;
  link.dataset.ground = ground;
  link.href = `data:image/svg+xml,${encodeURIComponent(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 20"><rect width="20" height="20" rx="4.5" fill="${ground}"/><path d="M3 12.5 6.4 12.5 8.6 5.5 11.4 15 13.6 9.5 17 9.5" fill="none" stroke="#fff" stroke-width="1.7" stroke-linecap="round" stroke-linejoin="round"/></svg>`)}`;
}

// copyText puts a text into the clipboard, and reports whether that was possible. The
// selected field goes first: over plain HTTP a browser has no other clipboard.
export async function copyText(text) {
  const field = el('textarea', { class: 'hidden', 'aria-hidden': true, tabindex: -1 });
  const back = /** @type {HTMLElement | null} */ (document.activeElement);
  field.value = text;
  (document.querySelector('dialog[open]') ?? document.body).append(field);
  field.select();
  const done = document.execCommand('copy');
  field.remove();
  back?.focus();
  return done || Boolean(await navigator.clipboard?.writeText(text).then(() => true, () => false));
}

// copyButton copies what text returns, and confirms it for two seconds.
export function copyButton(label, text) {
  const button = el('button', { type: 'button', class: 'quiet copy', onclick: async () => {
    setText(button, (await copyText(text())) ? 'Copied' : 'The browser does not allow it');
    setTimeout(() => setText(button, label), 2000);
  } }, label);
  return button;
}

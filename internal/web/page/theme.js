// The colours: the system's setting, or the viewer's choice.
import { byId, setText } from './dom.js';

const themes = ['auto', 'light', 'dark'];

function setTheme(name) {
  if (name === 'auto') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = name;
  setText(byId('theme-name'), name);
  try { localStorage.setItem('wvwatch-theme', name); } catch { /* not kept, then */ }
}

let theme = 'auto';
try { theme = localStorage.getItem('wvwatch-theme') ?? 'auto'; } catch { /* the system's setting */ }
setTheme(themes.includes(theme) ? theme : 'auto');
byId('theme').addEventListener('click', () => setTheme(themes[(themes.indexOf(byId('theme-name').textContent) + 1) % themes.length]));

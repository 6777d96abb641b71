// Rules for the page's scripts and their tests; uplot.js is a library as it was published.
const browser = Object.fromEntries(['document', 'window', 'location', 'history', 'navigator', 'fetch', 'EventSource', 'URLSearchParams', 'CSS', 'uPlot', 'ResizeObserver',
  'MutationObserver', 'matchMedia', 'getComputedStyle', 'getSelection', 'devicePixelRatio', 'requestAnimationFrame', 'addEventListener', 'scrollTo', 'setTimeout', 'clearTimeout',
  'setInterval', 'localStorage', 'globalThis', 'Intl', 'console'].map((n) => [n, 'readonly']));

export default [
  { ignores: ['**/uplot.js', '**/node_modules/**', 'bin/**', 'dist/**'] },
  {
    files: ['internal/web/**/*.js', 'internal/web/**/*.mjs'],
    languageOptions: { ecmaVersion: 2024, sourceType: 'module', globals: browser },
    linterOptions: { reportUnusedDisableDirectives: true },
    rules: {
      'no-undef': 'error', 'no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrors: 'none' }], 'no-var': 'error', 'prefer-const': 'error',
      eqeqeq: 'error', 'no-eval': 'error', 'no-implied-eval': 'error', 'no-shadow': 'error', 'no-use-before-define': ['error', { functions: false, classes: true, variables: false }],
      'no-restricted-properties': ['error', { property: 'innerHTML' }, { property: 'outerHTML' }, { property: 'insertAdjacentHTML' }],
    },
  },
];

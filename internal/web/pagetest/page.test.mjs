// Tests of what the page computes, by node's runner: node --test internal/web/pagetest
import assert from 'node:assert/strict';
import { test } from 'node:test';

globalThis.document = { getElementById: () => null, documentElement: {} };
const { read, write } = await import('../page/route.js');
const { grouped, plural, totals, words } = await import('../page/alertlist.js');
const { Store, emptyText, nearTo, shownTime, stepsOf, titleOf } = await import('../page/store.js');
const { lookFirst, ruledOut, speaks, withoutOwner } = await import('../page/verdict.js');
const { rate, share, span, count, silenceLink, promql } = await import('../page/format.js');

const alert = (over) => ({ rule: 'R', state: 'firing', severity: 'warning', since: '2026-11-30T14:00:00Z', labels: {}, total: { incidents: 1, peak: 0, share: 0 }, ...over });

test('an address holds the view and the filters', () => {
  const view = { alert: 'TokenSpike', by: 'a b&c', at: '2026-11-30T14:01:50Z' };
  const hash = write(view, { category: 'token', sort: '-r1', empty: '' });
  assert.deepEqual(read(hash), view);
  assert.equal(new URLSearchParams(hash.slice(1)).get('category'), 'token');
  assert.deepEqual(read('#category=token'), {});
  assert.deepEqual(read(''), {});
  assert.deepEqual(read(write({ show: 'code widevine 4025' }, {})), { show: 'code widevine 4025' });
});

test('three and more alerts of one rule are one group', () => {
  const many = [1, 2, 3].map((n) => alert({ by: `t${n}`, labels: { tenant: `t${n}` } }));
  assert.deepEqual(grouped(many).map((g) => g.length), [3]);
  assert.deepEqual(grouped(many.slice(1)).map((g) => g.length), [1, 1]);
  assert.deepEqual(grouped([many[0], alert({ rule: 'Other' }), many[1], many[2]]).map((g) => g[0].rule), ['R', 'Other']);
  assert.deepEqual(grouped([...many, alert({ by: 't4', severity: 'critical' })]).map((g) => g.length), [3, 1]);
  assert.equal(plural('category'), 'categories');
  assert.equal(plural('tenant'), 'tenants');
});

test('the words name the worst severity first', () => {
  const alerts = { severities: [{ severity: 'critical', firing: 1 }, { severity: 'warning', firing: 9 }], pending: 2, resolved: 0, inactive: 5, left_out: 3, mutes: [{ name: 'deploys', active: true }], unwatched: [] };
  assert.equal(words(alerts), '1 critical, 9 warning firing, 2 pending, 5 quiet, 3 less severe not shown, muted now: deploys');
});

test('an alert that is over has totals, peak and unit', () => {
  assert.equal(totals(alert({ total: { clients: 0, incidents: 522, share: 0.05, peak: 61 } })), '522 incidents, 5.0 % of plays, peak 61.0 in a minute');
  assert.equal(totals(alert({ total: { clients: 0, incidents: 0, share: 0, peak: 0 } })), '');
});

test('an empty table says what is wrong', () => {
  const store = new Store();
  store.sources = [{ source: 'proxy', files: 0, lines: 0 }];
  assert.match(emptyText(store), /^No file matches: check files of proxy/);
  store.sources = [{ source: 'push', files: 0, input: { kind: 'http' }, lines: 0 }];
  assert.equal(emptyText(store), 'No line has been read yet.');
  store.sources = [{ source: 'proxy', files: 1, lines: 7 }];
  assert.match(emptyText(store), /^No code has been seen yet/);
});

test('the title says firing and stale', () => {
  assert.equal(titleOf({ firing: 0 }, false), 'wvwatch');
  assert.equal(titleOf({ firing: 3 }, false), '(3) wvwatch');
  assert.equal(titleOf({ firing: 3 }, true), 'stale: wvwatch');
});

test('sources are added up by code', () => {
  const store = new Store();
  const row = (source, n, usual) => ({ source, drm: 'widevine', code: 6007, occurrences: n, incidents: n, last: '2026-11-30T14:00:00Z', recent: [n, n], usual });
  const [sum] = store.sums([row('a', 1, 0.5), row('b', 2, undefined)], () => true);
  assert.deepEqual([sum.occurrences, sum.recent, sum.usual], [3, [3, 3], 0.5]);
  assert.equal(store.sums([row('a', 1)], () => false).length, 0);
});

test('codes that are easily mixed up are found', () => {
  const e = (code, description, hint = '') => ({ drm: 'widevine', code, description, hint });
  const all = [e(1, 'the manager service cannot be reached'), e(2, 'the manager service cannot be found'), e(3, 'token expired', 'not 1')];
  assert.deepEqual(nearTo(all[0], all).map((c) => c.code).sort(), [2, 3]);
});

test('every kind of verdict has first steps, and what was ruled out has a figure', () => {
  const v = { named: [{ dimension: 'tenant', value: 't7' }], share: 0.97, usual_share: 0.08, others: 'as usual', clients: 274, tries_a_play: 1.06,
    plays: { now: 10, expected: 9 }, codes: [{ code: 4001, clients: 5, usual: 1 }], dimensions: [], ruled_out: ['one-device', 'retry', 'something-new'], first_seen: [] };
  for (const kind of ['collapse', 'host-out', 'gateway', 'one-device', 'retry', 'crowd', 'subscriber', 'wave', 'sessions', 'one-host', 'upstream', 'new-tenant', 'release', 'tenant', 'key-manager', 'overload', 'code']) {
    assert.ok(lookFirst({ ...v, kind }).length > 0, kind);
  }
  assert.deepEqual(lookFirst({ ...v, kind: 'nothing' }), []);
  assert.deepEqual(ruledOut(v)[0], ['One device?', 'No: 274 clients']);
  assert.deepEqual(ruledOut(v)[2], ['something new?', 'No']);
  assert.match(speaks(v)[0], /97\.0 % of the rise is at t7/);
});

test('numbers as people read them', () => {
  assert.equal(share(1, 1), '100 %');
  assert.equal(share(9999, 10000), '99.99 %');
  assert.equal(rate(0), '0');
  assert.equal(span(300), '5 min');
  assert.equal(count(12345), '12,345');
});

test('a link to silence has all labels as matchers, whatever is in them', () => {
  const link = silenceLink('https://am.example/prefix/', { alertname: 'TokenSpike', tenant: 'a "b" \\ &c' });
  assert.ok(link.startsWith('https://am.example/prefix/#/silences/new?filter='));
  assert.equal(new URLSearchParams(link.slice(link.indexOf('?'))).get('filter'), '{alertname="TokenSpike", tenant="a \\"b\\" \\\\ &c"}');
});

test('the query behind a number counts incidents a minute', () => {
  assert.equal(promql('widevine', 6007, 300), '60 * sum(rate(drm_incidents_total{drm="widevine",code="6007"}[5m]))');
});

test('a time that is chosen is loaded with the finest steps that reach back to it', () => {
  const now = Date.parse('2026-11-30T14:00:00Z'), at = (minutes) => new Date(now - minutes * 60_000).toISOString();
  const of = (from, to) => shownTime('1h', { from: at(from), to: at(to) }, now);
  assert.equal(of(50, 40).asked, '1h');
  assert.equal(of(90, 40).asked, '6h');
  assert.equal(of(1439, 0).asked, '24h');
  assert.deepEqual([of(20, 10).from, of(20, 10).to], [now - 1_200_000, now - 600_000]);
  // What is no time of the last day, or none at all, leaves the span.
  for (const chosen of [{}, { from: at(10) }, { from: 'x', to: 'y' }, { from: at(10), to: at(20) }, { from: at(1500), to: at(1450) }, { from: at(10), to: at(9.5) }]) {
    assert.equal(shownTime('6h', chosen, now).from, 0, JSON.stringify(chosen));
    assert.equal(shownTime('6h', chosen, now).minutes, 360);
  }
});

test('the steps that are shown lie in the time that is chosen', () => {
  const start = Date.parse('2026-11-30T13:00:00Z'), series = { start: new Date(start).toISOString(), step_seconds: 10, requests: { granted: new Array(360).fill(0) } };
  const now = start + 3_600_000;
  assert.deepEqual(stepsOf(series, shownTime('15m', {}, now)), { first: 270, merged: 1, points: 90 });
  const ten = { from: new Date(start + 600_000).toISOString(), to: new Date(start + 1_200_000).toISOString() };
  assert.deepEqual(stepsOf(series, shownTime('15m', ten, now)), { first: 60, merged: 1, points: 60 });
  const day = { start: new Date(now - 86_400_000).toISOString(), step_seconds: 60, requests: { granted: new Array(1440).fill(0) } };
  assert.deepEqual(stepsOf(day, shownTime('1h', { from: day.start, to: new Date(now).toISOString() }, now)), { first: 0, merged: 4, points: 360 });
});

test('every kind that is ruled out is a question in words', async () => {
  const { readFileSync } = await import('node:fs');
  const source = readFileSync(new globalThis.URL('../../blame/verdict.go', import.meta.url), 'utf8');
  const kinds = [...source.matchAll(/^\t\w+ +Kind = "([a-z-]+)"/gm)].map((m) => m[1]);
  assert.ok(kinds.length > 15);
  const questions = ruledOut({ clients: 1, plays: {}, gateway: 0, ruled_out: kinds }).map(([q]) => q);
  for (const [i, kind] of kinds.entries()) assert.notEqual(questions[i], `${kind.replace(/-/g, ' ')}?`);
});

test('the owner is shown once', () => {
  const sentence = '3.4 % of plays fail since 14:01 UTC (usual 2.9 %): 2001 invalid challenge.';
  assert.equal(withoutOwner(`${sentence} Likely owner: client-app (high).`), sentence);
  assert.equal(withoutOwner('Nothing is unusual'), 'Nothing is unusual');
});

test('a page that the browser keeps for Back has no stream', async () => {
  const { Feed } = await import('../page/feed.js');
  const heard = {}, open = new Set();
  globalThis.addEventListener = (name, f) => { heard[name] = f; };
  globalThis.EventSource = class {
    constructor() { open.add(this); }
    addEventListener() {}
    close() { open.delete(this); }
  };
  const feed = new Feed({ loaded() {}, changed() {}, link() {} });
  const every = globalThis.setInterval;
  let watch;
  globalThis.setInterval = (f) => { watch = f; };
  feed.start();
  globalThis.setInterval = every;
  assert.equal(open.size, 1);
  heard.pagehide();
  const now = Date.now;
  Date.now = () => now() + 60_000; // the page may go on for a while
  watch();
  Date.now = now;
  assert.equal(open.size + (feed.timer ? 1 : 0), 0);
  heard.pageshow({ persisted: true });
  assert.equal(open.size, 1);
});

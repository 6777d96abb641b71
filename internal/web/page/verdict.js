// What the words of a verdict mean to people on call.
import { count, rate, share } from './format.js';

/** lookFirst returns the first steps for a kind of verdict. where is the named place. */
export function lookFirst(v) {
  const where = named(v) || 'that place';
  const code = v.codes?.[0] ? String(v.codes[0].code) : 'the code';
  return {
    collapse: ['Can viewers sign in and open the catalogue?', 'CDN, DNS and load balancer in front of the proxy: any change or alert?', 'Ask a second region or a test player for one licence.'],
    'host-out': [`Is ${v.host || 'the host'} up, and does its proxy run?`, 'Do the others carry the load? Watch their p95.', 'Take it out of the load balancer before it comes back half.'],
    gateway: ['Reach the licence server from the proxy host: does it answer?', 'Upstream pool, TLS and DNS of the licence server: any change?', 'Is only one node or host concerned? See who carries the rise.'],
    'one-device': ['No outage: one device repeats its request.', 'Block or contact the device if it goes on for hours.'],
    retry: ['Which app version retries? See who carries the rise.', 'Is the back-off of the client as it should be?'],
    crowd: ['More viewers than normal: is there an event?', 'Watch p95 and the share of plays granted.'],
    subscriber: ['Does the subscriber system answer, and is its sync up to date?', 'Check one refused account by hand: should it play?', 'Was there a migration or a batch of changes?'],
    wave: ['Expected at midnight and at the turn of a month.', 'It has to fall again within hours; if it does not, look at the renewal job.'],
    sessions: ['Do clients end their sessions? Look for a new app version.', 'Session manager: are old sessions expired?'],
    'one-host': [`Take ${where} out of the load balancer.`, 'Compare its configuration, version and network with the others.'],
    upstream: [`Take ${where} out of the upstream pool.`, `Look at the logs of that node around the onset for ${code}.`],
    'new-tenant': [`Is ${where} configured on the licence server? It was first seen lately.`, 'Compare with a tenant that works.'],
    release: [`Does ${where} send what the licence server expects? Compare one request with the version before.`, 'Halt the roll-out.', 'Is the token service of that app up?'],
    tenant: [`What changed at ${where}? Keys, tokens, account system.`, 'All others are as usual: the platform is fine.'],
    'key-manager': ['Key manager: does it answer, and how fast?', 'Network between the licence server and the key manager.', 'Did p95 rise before the failures? Then it was slow first.'],
    overload: ['Is there an event that explains the plays?', 'Add capacity or shed load: p95 rose before the failures.'],
    code: [`Explain ${code}: its hint names the first thing to look at.`, 'All tenants, apps and hosts alike: look at what they share.'],
  }[v.kind] ?? [];
}

const ruled = {
  sessions: 'Sessions that are not ended?', upstream: 'One node of the licence server?', 'new-tenant': 'A new tenant?', release: 'One app or platform?',
  tenant: 'One tenant or country?', 'key-manager': 'The key manager?', code: 'One code everywhere?', nothing: 'Nothing unusual?',
  'one-device': 'One device?', retry: 'Retries only?', crowd: 'More viewers?', overload: 'Slow or overloaded?', 'one-host': 'One host or node?',
  collapse: 'Fewer viewers?', gateway: 'No answer of the licence server?', 'host-out': 'A silent host?', wave: 'The wave of a midnight or month?', subscriber: 'The subscriber system?',
};

/** ruledOut returns what is not the cause, with the figure that rules it out. */
export function ruledOut(v) {
  const why = {
    'one-device': `No: ${count(v.clients)} clients`, retry: v.tries_a_play ? `No: ${rate(v.tries_a_play)} tries a play` : 'No',
    crowd: v.plays.expected ? `No: ${count(v.plays.now)} plays, ${count(v.plays.expected)} expected` : 'No',
    overload: v.p95 ? `No: p95 ${seconds(v.p95.now)}` : 'No', gateway: `No: ${share(v.gateway, 1)} of plays`,
  };
  return (v.ruled_out ?? []).map((kind) => [ruled[kind] ?? `${kind.replace(/-/g, ' ')}?`, why[kind] ?? 'No']);
}

/** speaks returns what is in favour of the verdict. */
export function speaks(v) {
  const facts = [];
  if (v.named.length > 0) {
    facts.push(`${share(Math.min(v.share, 0.99), 1)} of the rise is at ${named(v)}, which normally has ${share(v.usual_share, 1)} of the traffic`);
    if (v.others) facts.push(`All others: ${v.others}`);
  } else if (v.dimensions.some((d) => d.alike)) {
    facts.push(`Spread as the traffic: ${v.dimensions.filter((d) => d.alike).map((d) => d.name).join(', ')}`);
  }
  for (const c of v.codes ?? []) facts.push(`${c.code}: ${count(c.clients)} clients, normal ${rate(c.usual)}`);
  if (v.p95?.before > 0) facts.push(`p95 was high ${v.p95.before} min before`);
  for (const f of v.first_seen ?? []) facts.push(`${f.value} is new`);
  return facts;
}

/** withoutOwner returns a verdict's sentence without its owner, who is shown beside it. */
export const withoutOwner = (sentence) => sentence.replace(/ Likely owner: [^.]*\.$/, '');

/** named returns the place that a verdict names, as text. */
export const named = (v) => (v.named ?? []).map((n) => n.value).join(' on ');

/** seconds writes a latency. */
export const seconds = (s) => (s < 1 ? `${Math.round(s * 1000)} ms` : `${s.toFixed(1)} s`);

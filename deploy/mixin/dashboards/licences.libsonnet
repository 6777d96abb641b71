// Licence health, for people on call: what licence servers deny, where, and how sure the alerts are. Panels over all daemons read
// recorded series, so that 500 daemons stay queryable: load deploy/prometheus/daemon.rules.yml.
local lib = import 'lib.libsonnet';

function(config)
  local fleet = 'job=~"$job",cluster=~"$cluster"';
  local by_source = fleet + ',source=~"$source",drm=~"$drm"';
  local codes = by_source + ',tenant=~"$tenant"';
  local instances = 'job=~"$job",cluster=~"$cluster",source=~"$source"';

  // Joins what a code means. Daemons of several versions may not agree: one of them is taken.
  local meaning(labels) = ' * on (drm, code) group_left (%s) topk by (drm, code) (1, max by (drm, code, %s) (drm:code_info:max{%s}))' % [labels, labels, fleet];

  local denied(labels) =
    'sum by (%s) (rate(drm_licence_requests_total{%s,outcome!="granted"}[$__rate_interval])) / (sum by (%s) (rate(drm_licence_requests_total{%s}[$__rate_interval])) > 0)'
    % [labels, by_source, labels, by_source];

  local fleetRow = lib.row('Fleet', [
    lib.stat('Daemons', 'Daemons that Prometheus scrapes.', 'short', 'sum(wvwatch:instances:count{%s})' % fleet, 'daemons'),
    lib.stat('Not scraped', 'Daemons that did not answer the last scrape; also those that still count what was written before their start.', 'short',
             'count(up{%s} == 0) or vector(0)' % fleet, 'not scraped')
    + lib.thresholds([[null, 'green'], [1, 'red']]) + lib.runbook('daemon'),
    lib.stat('Catching up', 'Sources that read a backlog. Until it is read their rates are of the past, and no alert starts.', 'short',
             'sum(wvwatch_catching_up{%s}) or vector(0)' % instances, 'catching up')
    + lib.thresholds([[null, 'green'], [1, 'orange']]) + lib.runbook('daemon'),
    lib.stat('Granted share', 'Part of the licence requests that were granted. Compare it with its own past: viewers without a subscription are among the denied.',
             'percentunit',
             'sum(drm:licence_requests:rate5m{%s,outcome="granted"}) / (sum(drm:licence_requests:rate5m{%s}) > 0)' % [by_source, by_source], 'granted')
    + lib.thresholds([[null, 'red'], [0.8, 'orange'], [0.95, 'green']]),
    lib.stat('Codes', 'Records per second that report a code, over five minutes.', 'ops', 'sum(drm:category_extras:rate5m{%s})' % by_source, 'codes'),
    lib.stat('Alerts firing', 'Alerts of the daemons that fire now. A rule counts once, however many daemons evaluate it.', 'short',
             'count(max by (alert) (drm:alert_state:max{%s}) == 2) or vector(0)' % fleet, 'firing')
    + lib.thresholds([[null, 'green'], [1, 'red']]) + lib.runbook('README'),
    lib.graph('Codes by source and cluster', 'Records per second that report a code. One line that rises alone: look at that cluster or source.', 'ops',
              [lib.line('sum by (cluster, source) (drm:category_extras:rate5m{%s})' % by_source, '{{cluster}} {{source}}')]) + lib.runbook('README'),
    lib.table('Instances that deviate from the fleet', 'Part of the licence requests that each instance did not grant, less the median of all instances.',
              'percentunit',
              ['topk(20, %s) - on () group_left () quantile(0.5, %s)' % [denied('job, instance'), denied('job, instance')]],
              { Value: 'above the median' }, 'above the median') + lib.runbook('daemon'),
    lib.table('Instances to look at', 'Silent, with a backlog, losing bytes, or of another version than most: the twenty of each kind that are worst. Silence is the time since the last byte was read.', 'short', [
      'topk(20, time() - (wvwatch_last_read_timestamp_seconds{%s} > 0)) > 900' % instances,
      'topk(20, wvwatch_lag_bytes{%s} > 0)' % instances,
      'topk(20, increase(wvwatch_lost_bytes_total{%s}[1h]) > 0)' % instances,
      'sum by (instance, version) (wvwatch_build_info{%s}) unless on (version) topk(1, count by (version) (wvwatch_build_info{%s}))' % [fleet, fleet],
    ], { 'Value #A': 'silent', 'Value #B': 'to read', 'Value #C': 'lost in an hour', 'Value #D': 'other version' }, 'silent',
              { silent: 's', 'to read': 'decbytes', 'lost in an hour': 'decbytes' }) + lib.runbook('daemon'),
    lib.table('Versions', 'How many daemons run which version.', 'short', ['sum by (version) (wvwatch:instances:count{%s})' % fleet], { Value: 'daemons' }, 'daemons'),
  ]);

  local health = lib.row('Licence requests', [
    lib.graph('Licence requests by outcome', 'granted; refused: the server answered with a code; failed: an error without one; gateway: the proxy had no answer.', 'reqps',
              [lib.line('sum by (outcome) (drm:licence_requests:rate5m{%s})' % by_source, '{{outcome}}')]) + lib.stacked,
    lib.graph('Granted share', 'Part of the licence requests that were granted, by cluster and source. A source without requests has no line.', 'percentunit',
              [lib.line('sum by (cluster, source) (drm:licence_requests:rate5m{%s,outcome="granted"}) / (sum by (cluster, source) (drm:licence_requests:rate5m{%s}) > 0)' % [by_source, by_source],
                        '{{cluster}} {{source}}')]) + lib.share,
    lib.graph('Denials by what they mean', 'Codes by the outcome of their entry in the catalogue: expected is the product working, fault is a failure, mixed can be either.', 'ops',
              [lib.line('sum by (outcome) (sum by (drm, code) (drm:extras:rate5m{%s})%s)' % [codes, meaning('outcome')], '{{outcome}}')]) + lib.stacked,
    lib.graph('Licence request duration', 'How long licence requests took, in the access logs that say so. A key manager is slow before it fails.', 's', [
      lib.line('histogram_quantile(%s, sum by (le) (drm:licence_request_duration_seconds_bucket:rate5m{%s}))' % [q[0], by_source], q[1])
      for q in [['0.5', 'median'], ['0.95', '95 %'], ['0.99', '99 %']]
    ]) + lib.runbook('key-manager'),
  ]);

  local each = lib.row('Codes', [
    lib.graph('Codes by category', 'Records per second that report a code, by the category of the code.', 'ops',
              [lib.line('sum by (category) (drm:extras:rate5m{%s})' % codes, '{{category}}')]) + lib.stacked + lib.runbook('README'),
    lib.graph('Codes by number', 'The ten most frequent codes with their names.', 'ops',
              [lib.line('topk(10, sum by (drm, code) (drm:extras:rate5m{%s}) > 0)%s' % [codes, meaning('description')], '{{drm}} {{code}} {{description}}')]),
    lib.table('Codes now', 'Every code of the last five minutes, what it means and who owns it.', 'ops',
              ['(sum by (drm, code) (drm:extras:rate5m{%s}) > 0)%s' % [codes, meaning('category, severity, owner, outcome, description')]],
              { Value: 'per second' }, 'per second') + lib.runbook('README'),
    lib.table('Top movers against the day before', 'Codes with the largest rise against the same time of the day before. Where nothing was recorded then, all of the rate is new.', 'ops',
              ['topk(10, sum by (drm, code) (drm:extras:rate5m{%s}) - (sum by (drm, code) (drm:extras:rate5m{%s} offset 1d) or 0 * sum by (drm, code) (drm:extras:rate5m{%s})) > 0)%s'
               % [codes, codes, codes, meaning('category, description')]], { Value: 'more per second' }, 'more per second'),
    lib.graph('Incidents and records', 'Records joined by correlation id to incidents. Far more records than incidents: clients retry, or one failure is logged in many places.', 'ops', [
      lib.line('sum(drm:extras:rate5m{%s})' % codes, 'records'),
      lib.line('sum(drm:incidents:rate5m{%s})' % codes, 'incidents'),
    ]),
    lib.graph('Codes by tenant', 'The ten tenants with most codes, where metrics.labels has tenant.', 'ops',
              [lib.line('topk(10, sum by (tenant) (drm:extras:rate5m{%s}))' % codes, '{{tenant}}')]),
  ]);

  local alerts = lib.row('Alerts', [
    lib.states('Alert states', 'The rules of the daemons over time; a rule that Prometheus evaluates is not among them.',
               'max by (alert, severity) (drm:alert_state:max{%s})' % fleet, '{{alert}} ({{severity}})') + lib.runbook('README'),
    lib.graph('Evidence', 'How sure the detector of a rule is, in nats: a ticket from 10, a page from 12. Of drift the ratio to the four weeks before.', 'short',
              [lib.line('max by (alert) (drm:alert_evidence:max{%s})' % fleet, '{{alert}}')]) + { size+:: { h: 10 } },
  ]);

  local categories = [
    ['account', 'Account', 'The state of the account'],
    ['challenge', 'Challenge', 'What the device asked with'],
    ['configuration', 'Configuration', 'The set-up of tenant or server'],
    ['content', 'Content', 'What is known of the content'],
    ['content-key', 'Content keys', 'The keys of the content'],
    ['device', 'Device', 'The device is not accepted'],
    ['drm-sdk', 'DRM SDK', 'The SDK in the licence server failed'],
    ['entitlement', 'Entitlement', 'No subscription or right: expected; a step up is a fault of the subscriber system'],
    ['internal', 'Internal errors', 'The licence server failed'],
    ['key-manager', 'Key manager', 'The licence server has no keys: nothing plays while this lasts'],
    ['offline', 'Offline', 'Licences for playback without network'],
    ['output-protection', 'Output protection', 'The output is not protected enough'],
    ['request', 'Requests', 'The request is malformed'],
    ['session', 'Sessions', 'Limits of concurrent streams'],
    ['token', 'Tokens', 'The token of the request is missing, expired or wrong'],
    ['unlisted', 'Unlisted codes', 'Codes that are in no table: name them in an overlay'],
  ];
  local category(c) =
    local selected = codes + ',category="%s"' % c[0];
    lib.row(c[1], [
      lib.graph(c[1] + ': by code', c[2] + '.', 'ops',
                [lib.line('(sum by (drm, code) (drm:extras:rate5m{%s}))%s or sum by (drm, code) (drm:extras:rate5m{%s})' % [selected, meaning('description'), selected], '{{drm}} {{code}} {{description}}')])
      + lib.runbook(c[0]),
      lib.graph(c[1] + ': share of requests', 'Codes of the category for each licence request. Above one where logs of players are followed that have no access log.', 'percentunit',
                [lib.line('sum(drm:extras:rate5m{%s}) / (sum(drm:licence_requests:rate5m{%s}) > 0)' % [selected, by_source], 'share')])
      + lib.runbook(c[0]),
    ], collapsed=true);

  lib.dashboard(
    config.dashboards,
    config.dashboards.uids.licences,
    'wvwatch: licence health',
    'What licence servers deny, on which instances, and how sure the alerts are. For people on call.',
    [
      lib.variable('job', 'Job', 'The scrape job of the daemons.', 'label_values(wvwatch_build_info, job)'),
      lib.variable('cluster', 'Cluster', 'Where the scrape configuration sets the label cluster; without it, All shows everything.', 'label_values(wvwatch_build_info{job=~"$job"}, cluster)', '.*'),
      lib.variable('source', 'Source', 'Configured sources.', 'label_values(drm:category_extras:rate5m{%s}, source)' % fleet),
      lib.variable('drm', 'Licence server', 'The licence server that a code is from.', 'label_values(drm:category_extras:rate5m{%s,source=~"$source"}, drm)' % fleet),
      lib.variable('tenant', 'Tenant', 'Where counts are kept by tenant (metrics.labels: [tenant]); without that, All shows everything.', 'label_values(drm:extras:rate5m{%s}, tenant)' % by_source, '.*'),
    ],
    [fleetRow, health, each, alerts] + [category(c) for c in categories],
  )

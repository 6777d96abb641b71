// The daemon, for people who run it: what is read, what does not count, what is sent, and what it costs. Of many daemons the twenty
// with most are shown.
local lib = import 'lib.libsonnet';

function(config)
  local daemon = 'job=~"$job",cluster=~"$cluster",instance=~"$instance"';
  local source = daemon + ',source=~"$source"';
  local rate(series, selector) = 'rate(%s{%s}[$__rate_interval])' % [series, selector];
  local increase(series, selector) = 'increase(%s{%s}[$__rate_interval])' % [series, selector];
  local sum(labels, expr) = if labels == '' then 'sum(%s)' % expr else 'sum by (%s) (%s)' % [labels, expr];
  local most(expr) = 'topk(20, %s)' % expr;

  local state = lib.row('Health', [
    lib.stat('Catching up', 'Sources that read a backlog. Until it is read, rates are of the past.', 'short', sum('', 'wvwatch_catching_up{%s}' % source), 'catching up')
    + lib.thresholds([[null, 'green'], [1, 'orange']]) + lib.runbook('daemon'),
    lib.stat('Bytes to read', 'Bytes written to the files, but not counted yet.', 'decbytes', sum('', 'wvwatch_lag_bytes{%s}' % source), 'to read'),
    lib.stat('Lost bytes', "Bytes gone before they could be read, since the counters began. Prefer logrotate's create to copytruncate.", 'decbytes',
             sum('', 'wvwatch_lost_bytes_total{%s}' % source), 'lost') + lib.thresholds([[null, 'green'], [1, 'red']]) + lib.runbook('daemon'),
    lib.stat('Configuration', 'Whether the last attempt to load the configuration was successful, on every daemon.', 'short',
             'min(wvwatch_config_last_reload_successful{%s})' % daemon, 'last reload') + lib.thresholds([[null, 'red'], [1, 'green']]) + lib.runbook('daemon'),
    lib.stat('Checkpoint age', 'Time since the last checkpoint was on disk, on the daemon where it is longest. After a kill a daemon reads again what came later.', 's',
             'time() - min(wvwatch_checkpoint_last_success_timestamp_seconds{%s} > 0)' % daemon, 'oldest')
    + lib.thresholds([[null, 'green'], [60, 'orange'], [300, 'red']]) + lib.runbook('daemon'),
    lib.stat('Unsaved lines', 'Lines in the exported counts that are in no checkpoint, because it cannot be written.', 'short', sum('', 'wvwatch_unsaved_lines{%s}' % daemon), 'unsaved')
    + lib.thresholds([[null, 'green'], [1, 'red']]) + lib.runbook('daemon'),
  ]);

  local read = lib.row('What is read', [
    lib.graph('Lines and records', 'Physical lines read, and the records they make.', 'ops', [
      lib.line(sum('source', rate('wvwatch_lines_total', source)), '{{source}} lines'),
      lib.line(sum('source', rate('wvwatch_records_total', source)), '{{source}} records'),
    ]),
    lib.graph('Bytes to read', 'Bytes written to the files, but not counted yet.', 'decbytes', [lib.line(most(sum('instance, source', 'wvwatch_lag_bytes{%s}' % source)), '{{instance}} {{source}}')]),
    lib.graph('Silence', 'Time since the last byte of a source was read; a source that never had one has no line.', 's',
              [lib.line(most('time() - max by (instance, source) (wvwatch_last_read_timestamp_seconds{%s} > 0)' % source), '{{instance}} {{source}}')]),
    lib.graph('Files', 'Files followed now, and files of an earlier run that were not found again.', 'short', [
      lib.line(sum('source', 'wvwatch_files_followed{%s}' % source), '{{source}} followed'),
      lib.line(sum('source', 'wvwatch_lost_files_total{%s}' % source), '{{source}} not found again'),
    ]),
    lib.graph('Rotations and failures of files', 'Rotations and truncations seen, failed attempts to open or read, lines skipped for their length.', 'short', [
      lib.line(sum('', increase(s[0], source)), s[1])
      for s in [['wvwatch_rotations_total', 'rotations'], ['wvwatch_truncations_total', 'truncations'], ['wvwatch_open_errors_total', 'open errors'], ['wvwatch_overlong_lines_total', 'long lines']]
    ]),
    lib.graph('Lateness of lines', 'The bound within which 99 % of the lines of the last day came. Alerts on a source come that much later.', 's',
              [lib.line(most('max by (instance, source) (wvwatch_source_lateness_seconds{%s})' % source), '{{instance}} {{source}}')]),
  ]);

  local ignored = lib.row('What does not count', [
    lib.graph('Ignored numbers', 'Numbers where a code could be, by the reason why they did not count. One that grows with a release of a player: see wvwatch parse --explain.', 'ops',
              [lib.line(sum('reason', rate('wvwatch_vetoed_total', source)), '{{reason}}')]),
    lib.graph('Failures without a code', 'Records of a licence failure that name no code.', 'ops', [lib.line(sum('reason', rate('wvwatch_records_without_code_total', source)), '{{reason}}')]),
    lib.graph('Unlisted codes', 'Records that report a code which is in no table. Name it in an overlay once its meaning is known.', 'ops',
              [lib.line(sum('source, drm', rate('wvwatch_unlisted_total', source)), '{{source}} {{drm}}')]) + lib.runbook('unlisted'),
    lib.graph('Bounds reached', 'Records cut at a bound, times out of range, and values counted as other.', 'ops', [
      lib.line(sum('bound', rate('wvwatch_bounded_total', source)), 'bound {{bound}}'),
      lib.line(sum('', rate('wvwatch_times_out_of_range_total', source)), 'times out of range'),
      lib.line(sum('label', rate('wvwatch_label_overflow_total', daemon)), 'label {{label}} full'),
    ]),
  ], collapsed=true);

  local sent = lib.row('Notifications', [
    lib.graph('Notifications', 'Alerts in attempts to send them by outcome, and those dropped from a full queue. Empty where no receiver is configured.', 'ops', [
      lib.line(sum('outcome', rate('wvwatch_notifications_total', daemon)), '{{outcome}}'),
      lib.line(sum('', rate('wvwatch_notifications_dropped_total', daemon)), 'dropped'),
    ]) + lib.runbook('daemon'),
    lib.graph('Notification queues', "Part of each receiver's queue that is full; at 1 the oldest alerts are dropped.", 'percentunit',
              [lib.line(most('max by (instance, integration, target) (wvwatch_notifications_queue_length{%s} / (wvwatch_notifications_queue_capacity{%s} > 0))' % [daemon, daemon]), '{{instance}} {{integration}} {{target}}')]),
  ], collapsed=true);

  local saved = lib.row('Checkpoints and scrapes', [
    lib.graph('Checkpoints', 'How long the last one took, fsync included.', 's', [lib.line(most('wvwatch_checkpoint_duration_seconds{%s}' % daemon), '{{instance}}')]),
    lib.graph('Failures', 'Checkpoints that could not be written, and scrapes that ended with an error.', 'short', [
      lib.line(sum('', increase('wvwatch_checkpoint_failures_total', daemon)), 'checkpoints'),
      lib.line(sum('', increase('wvwatch_scrape_errors_total', daemon)), 'scrapes'),
    ]) + lib.runbook('daemon'),
  ], collapsed=true);

  local cost = lib.row('Resources', [
    lib.graph('CPU', 'Cores in use: the twenty daemons that use most.', 'short', [lib.line(most(rate('process_cpu_seconds_total', daemon)), '{{instance}}')]),
    lib.graph('Memory', 'Resident memory: the twenty daemons that use most.', 'bytes', [lib.line(most('process_resident_memory_bytes{%s}' % daemon), '{{instance}}')]),
    lib.graph('Series', 'Samples of a scrape: the twenty daemons that export most.', 'short', [lib.line(most('scrape_samples_scraped{%s}' % daemon), '{{instance}}')]),
    lib.table('Builds', 'The build of each daemon.', 'short', ['wvwatch_build_info{%s}' % daemon], {}, 'instance')
    + { transformations: [{ id: 'organize', options: { excludeByName: { Time: true, Value: true, __name__: true }, renameByName: {} } }] },
  ]);

  lib.dashboard(
    config.dashboards,
    config.dashboards.uids.daemon,
    'wvwatch: the daemon',
    'What the daemons read, what does not count, what they send, and what they cost. For people who run them.',
    [
      lib.variable('job', 'Job', 'The scrape job of the daemons.', 'label_values(wvwatch_build_info, job)'),
      lib.variable('cluster', 'Cluster', 'Where the scrape configuration sets the label cluster; without it, All shows everything.', 'label_values(wvwatch_build_info{job=~"$job"}, cluster)', '.*'),
      lib.variable('instance', 'Instance', 'Daemons.', 'label_values(wvwatch_build_info{job=~"$job",cluster=~"$cluster"}, instance)'),
      lib.variable('source', 'Source', 'Configured sources.', 'label_values(wvwatch_lines_total{%s}, source)' % daemon),
    ],
    [state, read, ignored, sent, saved, cost],
  )

{
  _config+:: {
    // The scrape job, for rules on `up` and as the series that the dashboards' variable `job` offers.
    selector: 'job="wvwatch"',
    // Where people on call reach the runbooks, with a slash at the end: any daemon serves them.
    runbookURL: 'http://wvwatch:9477/runbooks/',
    // Rules on codes, for daemons with `evaluate: prometheus` in their rules. Off: the daemons evaluate and send these alerts.
    evaluateCodes: false,

    dashboards: {
      tags: ['wvwatch', 'drm'],
      refresh: '30s',
      from: 'now-6h',
      timezone: 'browser',
      // The default of the dashboards' variable `runbooks`, without a slash at the end.
      runbooks: '/public/runbooks',
      uids: { licences: 'wvwatch', daemon: 'wvwatch-daemon' },
    },
  },
}

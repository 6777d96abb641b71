// The rule files of deploy/prometheus, for another job and other runbooks.
{
  local config = $._config,
  local groups(text) = std.parseYaml(
    std.strReplace(std.strReplace(text, 'job="wvwatch"', config.selector), 'http://wvwatch:9477/runbooks/', config.runbookURL)
  ).groups,
  local all = groups(importstr '../prometheus/daemon.rules.yml')
              + (if config.evaluateCodes then groups(importstr '../prometheus/codes.rules.yml') else []),
  // A group of rules with one field, in its order; none where no rule has it.
  local only(field) = {
    groups: [
      group { rules: [rule for rule in group.rules if std.objectHas(rule, field)] }
      for group in all
      if std.length([rule for rule in group.rules if std.objectHas(rule, field)]) > 0
    ],
  },

  prometheusRules+:: only('record'),
  prometheusAlerts+:: only('alert'),
}

// wvwatch as a monitoring mixin: prometheusRules, prometheusAlerts and grafanaDashboards, with _config to override.
//
//   jsonnet -e '(import "mixin.libsonnet" + { _config+:: { selector: "job=\"drm/wvwatch\"" } }).prometheusAlerts'
(import 'config.libsonnet') +
(import 'rules.libsonnet') +
(import 'dashboards/dashboards.libsonnet')

{
  grafanaDashboards+:: {
    'wvwatch-licences.json': (import 'licences.libsonnet')($._config),
    'wvwatch-daemon.json': (import 'daemon.libsonnet')($._config),
  },

  // The same in the form of grafana.com: the data source is asked for when a person imports it.
  local importable(dashboard) =
    local asked = std.parseJson(std.strReplace(std.manifestJsonMinified(dashboard), '${datasource}', '${DS_PROMETHEUS}'));
    asked {
      __inputs: [{ name: 'DS_PROMETHEUS', label: 'Prometheus', description: '', type: 'datasource', pluginId: 'prometheus', pluginName: 'Prometheus' }],
      __requires: [
        { type: 'grafana', id: 'grafana', name: 'Grafana', version: '10.0.0' },
        { type: 'datasource', id: 'prometheus', name: 'Prometheus', version: '1.0.0' },
      ],
      id: null,
      editable: true,
      templating: { list: [v for v in asked.templating.list if v.type != 'datasource'] },
    },
  importableDashboards+:: { [name]: importable($.grafanaDashboards[name]) for name in std.objectFields($.grafanaDashboards) },
}

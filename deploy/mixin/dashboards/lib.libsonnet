// Panels, variables and their layout, as plain objects of Grafana's dashboard model.
local datasource = { type: 'prometheus', uid: '${datasource}' };

{
  // Targets. A panel numbers them itself.
  line(expr, legend):: { expr: expr, legendFormat: legend },
  now(expr, legend):: { expr: expr, legendFormat: legend, instant: true },
  rows(expr):: { expr: expr, legendFormat: '', format: 'table', instant: true },

  local panel(type, title, description, unit, targets, width, height) = {
    type: type,
    title: title,
    description: description,
    datasource: datasource,
    size:: { w: width, h: height },
    fieldConfig: { defaults: { unit: unit }, overrides: [] },
    targets: std.mapWithIndex(function(i, t) { refId: std.char(65 + i), datasource: datasource } + t, targets),
  },

  // Thresholds: colors by the value from which they hold.
  thresholds(steps):: {
    fieldConfig+: { defaults+: { thresholds: {
      mode: 'absolute',
      steps: [{ color: s[1], value: s[0] } for s in steps],
    } } },
  },

  runbook(page):: {
    links: [{ title: 'Runbook: ' + page, url: '${runbooks}/' + page + '.md', targetBlank: true }],
  },

  stat(title, description, unit, expr, legend):: panel('stat', title, description, unit, [$.now(expr, legend)], 4, 4) {
    options: { colorMode: 'value', graphMode: 'none', textMode: 'auto', reduceOptions: { calcs: ['lastNotNull'] } },
  },

  graph(title, description, unit, targets):: panel('timeseries', title, description, unit, targets, 12, 8) {
    fieldConfig+: { defaults+: {
      min: 0,
      custom: { drawStyle: 'line', lineWidth: 1, fillOpacity: 8, showPoints: 'never', stacking: { mode: 'none', group: 'A' } },
    } },
    options: {
      legend: { displayMode: 'table', placement: 'bottom', calcs: ['mean', 'max', 'lastNotNull'], showLegend: true },
      tooltip: { mode: 'multi', sort: 'desc' },
    },
  },
  stacked:: { fieldConfig+: { defaults+: { custom+: { fillOpacity: 30, stacking: { mode: 'normal', group: 'A' } } } } },
  share:: { fieldConfig+: { defaults+: { max: 1 } } },

  states(title, description, expr, legend):: panel('state-timeline', title, description, 'short', [$.line(expr, legend)], 12, 10) {
    fieldConfig+: { defaults+: {
      mappings: [{ type: 'value', options: {
        '0': { text: 'inactive', color: 'green', index: 0 },
        '1': { text: 'pending', color: 'orange', index: 1 },
        '2': { text: 'firing', color: 'red', index: 2 },
      } }],
      custom: { fillOpacity: 80, lineWidth: 0 },
    } },
    options: { mergeValues: true, showValue: 'never', legend: { displayMode: 'list', placement: 'bottom', showLegend: true } },
  },

  // A table of one or more instant queries. names maps fields to headings, units headings to units.
  table(title, description, unit, exprs, names, sort, units={})::
    panel('table', title, description, unit, [$.rows(e) for e in exprs], 12, 8) {
      fieldConfig+: { overrides: [
        { matcher: { id: 'byName', options: heading }, properties: [{ id: 'unit', value: units[heading] }] }
        for heading in std.objectFields(units)
      ] },
      options: { showHeader: true, sortBy: [{ displayName: sort, desc: true }] },
      transformations: (if std.length(exprs) > 1 then [{ id: 'merge', options: {} }] else [])
                       + [{ id: 'organize', options: { excludeByName: { Time: true }, renameByName: names } }],
    },

  wide:: { size+:: { w: 24 } },

  row(title, panels, collapsed=false):: { title: title, panels: panels, collapsed: collapsed },

  // Variables.
  variable(name, label, description, query, all='.+'):: {
    name: name,
    label: label,
    description: description,
    type: 'query',
    datasource: datasource,
    definition: query,
    query: { query: query, refId: name },
    refresh: 2,
    sort: 1,
    multi: true,
    includeAll: true,
    allValue: all,
    current: { selected: true, text: ['All'], value: ['$__all'] },
    hide: 0,
    options: [],
    regex: '',
  },
  datasourceVariable:: {
    name: 'datasource',
    label: 'Data source',
    type: 'datasource',
    query: 'prometheus',
    current: {},
    hide: 0,
    includeAll: false,
    multi: false,
    options: [],
    refresh: 1,
    regex: '',
  },
  textVariable(name, label, description, value):: {
    name: name,
    label: label,
    description: description,
    type: 'textbox',
    query: value,
    current: { text: value, value: value },
    options: [{ selected: true, text: value, value: value }],
    hide: 0,
  },

  // Places panels from left to right, and rows under each other. The panels of a collapsed row are inside it.
  local place(panels, top) = std.foldl(
    function(at, p)
      local fits = at.x + p.size.w <= 24;
      local x = if fits then at.x else 0;
      local y = if fits then at.y else at.bottom;
      {
        x: x + p.size.w,
        y: y,
        bottom: std.max(at.bottom, y + p.size.h),
        panels: at.panels + [p { gridPos: { x: x, y: y, w: p.size.w, h: p.size.h } }],
      },
    panels,
    { x: 0, y: top, bottom: top, panels: [] },
  ),
  layout(rows)::
    local placed = std.foldl(
      function(at, r)
        local inside = place(r.panels, at.y + 1);
        local head = {
          type: 'row',
          title: r.title,
          collapsed: r.collapsed,
          gridPos: { x: 0, y: at.y, w: 24, h: 1 },
          panels: if r.collapsed then inside.panels else [],
        };
        {
          y: if r.collapsed then at.y + 1 else inside.bottom,
          panels: at.panels + [head] + (if r.collapsed then [] else inside.panels),
        },
      rows,
      { y: 0, panels: [] },
    ).panels;
    // Each panel, also one inside a row, has a number of its own.
    local before(i) = std.foldl(function(n, p) n + 1 + std.length(std.get(p, 'panels', [])), placed[:i], 0);
    std.mapWithIndex(
      function(i, p) { id: before(i) + 1 } + p
                     + (if p.type == 'row' then { panels: std.mapWithIndex(function(j, q) { id: before(i) + j + 2 } + q, p.panels) } else {}),
      placed,
    ),

  dashboard(config, uid, title, description, variables, rows):: {
    title: title,
    uid: uid,
    description: description,
    tags: config.tags,
    schemaVersion: 39,
    version: 1,
    editable: false,
    graphTooltip: 1,
    refresh: config.refresh,
    timezone: config.timezone,
    time: { from: config.from, to: 'now' },
    annotations: { list: [] },
    links: [
      { title: 'wvwatch', type: 'dashboards', tags: config.tags, asDropdown: false, includeVars: true, keepTime: true, icon: 'dashboard', targetBlank: false },
      { title: 'Runbooks', type: 'link', icon: 'doc', url: '${runbooks}/README.md', targetBlank: true },
    ],
    templating: { list: [$.datasourceVariable] + variables + [
      $.textVariable('runbooks', 'Runbooks at', 'Where docs/runbooks/ can be read, without a slash at the end.', config.runbooks),
    ] },
    panels: $.layout(rows),
  },
}

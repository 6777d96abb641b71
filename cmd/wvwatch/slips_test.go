package main

import (
	"os"
	"strings"
	"syscall"
	"testing"
)

const oneSource = "sources: [{name: a, files: [app.log]}]\n"

// slips are what people write by mistake, each with the beginning of the line that
// "wvwatch check" must print for it; text that is right although it looks odd has none.
var slips = []struct{ name, text, variable, want string }{
	{"directory", `sources: [{name: a, files: [dir]}]`, "", `error: c.yaml:1: sources[0].files[0]: "dir" can not be followed: it is a directory: name its files, for exampl`},
	{"dir slash", `sources: [{name: a, files: [dir/]}]`, "", `error: c.yaml:1: sources[0].files[0]: "dir/" can not be followed: it is a directory: name its files, for examp`},
	{"state on file", oneSource + `state: {directory: afile}`, "", `error: c.yaml:2: state.directory: `},
	{"state below file", oneSource + `state: {directory: afile/x}`, "", `error: c.yaml:2: state.directory: `},
	{"tilde", `sources: [{name: a, files: [~/x.log]}]`, "", `c.yaml:1: sources[0].files[0]: "~/x.log": ~ is replaced by shells only: `},
	{"tilde state", oneSource + `state: {directory: ~/state}`, "", `c.yaml:2: state.directory: "~/state": ~ is replaced by shells only: writ`},
	{"tilde exclude", `sources: [{name: a, files: [app.log], exclude: [~/y.log]}]`, "", `c.yaml:1: sources[0].exclude[0]: "~/y.log": ~ is replaced by shells only`},
	{"json path bracket", `sources: [{name: a, files: [app.log], format: json, json: {code: ["a[b"]}}]`, "", `c.yaml:1: sources[0].json.code[0]: "a[b": a bracket is not closed or hol`},
	{"json path index", `sources: [{name: a, files: [app.log], format: json, json: {code: ["errors[0].code"]}}]`, "", ""},
	{"json path dollar", `sources: [{name: a, files: [app.log], format: json, json: {code: ["$.error.code"]}}]`, "", ""},
	{"json path jq", `sources: [{name: a, files: [app.log], format: json, json: {code: [".error.code"]}}]`, "", ""},
	{"json path dotdot", `sources: [{name: a, files: [app.log], format: json, json: {code: ["a..b"]}}]`, "", `c.yaml:1: sources[0].json.code[0]: "a..b": a name between two dots is mi`},
	{"json path slash", `sources: [{name: a, files: [app.log], format: json, json: {code: ["/error/code"]}}]`, "", `c.yaml:1: sources[0].json.code[0]: "/error/code": a path joins its membe`},
	{"label path bracket", `sources: [{name: a, files: [app.log], labels: [{name: tier, path: "a[b"}]}]
metrics: {labels: [tier]}`, "", `c.yaml:1: sources[0].labels[0].path: "a[b": a bracket is not closed or h`},
	{"literal [1]", `sources: [{name: a, files: ["y[1].log"]}]`, "", `warning: c.yaml:1: sources[0].files[0]: "y[1].log": [...] matches one of the characters in it: write \[ for`},
	{"existing [1]", `sources: [{name: a, files: ["x[1].log"]}]`, "", ""},
	{"symlink to device", `sources: [{name: a, files: [dev.log]}]`, "", `error: c.yaml:1: sources[0].files[0]: "dev.log" can not be followed: it is a device: leave it out with exclude`},
	{"dangling", `sources: [{name: a, files: [dangling.log]}]`, "", `warning: c.yaml:1: sources[0].files[0]: "dangling.log" is a symlink to "/nonexistent/x", which is not there`},
	{"fifo as file", `sources: [{name: a, files: [pipe]}]`, "", `error: c.yaml:1: sources[0].files[0]: "pipe" can not be followed: it is a FIFO: name it as fifo of a source of`},
	{"file as fifo", `sources: [{name: a, fifo: app.log}]`, "", `error: c.yaml:1: sources[0].fifo: "app.log" is no FIFO: make one with mkfifo, or name a file in files`},
	{"no such dir", `sources: [{name: a, files: [/nonexistent/*.log]}]`, "", `warning: c.yaml:1: sources[0].files[0]: there is no folder "/nonexistent"`},
	{"typo source", `source: [{name: a, files: [app.log]}]`, "", `c.yaml:1: source: unknown key, did you mean sources?`},
	{"typo files", `sources: [{name: a, file: [app.log]}]`, "", `c.yaml:1: sources[0].file: unknown key, did you mean files?`},
	{"files scalar", `sources: [{name: a, files: app.log}]`, "", `c.yaml:1: sources[0].files: is "app.log"; want a list: write`},
	{"sources mapping", `sources: {name: a, files: [app.log]}`, "", `c.yaml:1: sources: is a mapping; want a list: begin each ite`},
	{"comma in file", `sources: [{name: a, files: ["a.log,b.log"]}]`, "", `warning: c.yaml:1: sources[0].files[0]: "a.log,b.log" is one name with a comma in it: write one item of the li`},
	{"space around", `sources: [{name: a, files: [" app.log"]}]`, "", `c.yaml:1: sources[0].files[0]: " app.log": begins or ends with a space: `},
	{"backslash path", `sources: [{name: a, files: ["C:\\logs\\a.log"]}]`, "", `c.yaml:1: sources[0].files[0]: "C:\\logs\\a.log": is a path of Windows: `},
	{"file url", `sources: [{name: a, files: ["file:///var/log/a.log"]}]`, "", `c.yaml:1: sources[0].files[0]: "file:///var/log/a.log": is a URL: write `},
	{"url", `sources: [{name: a, files: ["http://host/a.log"]}]`, "", `c.yaml:1: sources[0].files[0]: "http://host/a.log": is a URL: write the `},
	{"env unset", `sources: [{name: a, files: ["${NOPE}/a.log"]}]`, "", `c.yaml:1: sources[0].files[0]: the environment variable NOPE is not set:`},
	{"env set", `sources: [{name: a, files: ["${LOGS}/app.log"]}]`, `LOGS=/var`, ""},
	{"what positive", `sources: [{name: a, files: [app.log], what_values: [{what: 1400, drm: ssm}]}]`, "", `warning: c.yaml:1: sources[0].what_values[0].what: 1400 is not negative, so Android itself sends it, not a licence server: did you mean -1400?`},
	{"what negative", `sources: [{name: a, files: [app.log], what_values: [{what: -1400, drm: ssm}]}]`, "", ""},
	{"password bare", oneSource + `notify: {alertmanager: {urls: ["http://127.0.0.1:9093"], basic_auth: {username: a, password: "$PASS"}}}`, "", `warning: c.yaml:2: notify.alertmanager.basic_auth.password: the $ and the name after it are taken literally: write ${NAME} for the variable`},
	{"password with a dollar", oneSource + `notify: {alertmanager: {urls: ["http://127.0.0.1:9093"], basic_auth: {username: a, password: "a$b$$c$"}}}`, "", ""},
	{"auth no urls", oneSource + `notify: {alertmanager: {basic_auth: {username: a, password: b}}}`, "", `warning: c.yaml:2: notify.alertmanager.basic_auth: not used: no urls are set: add urls, or remove it`},
	{"user no password", oneSource + `notify: {webhook: {urls: ["http://127.0.0.1:9093/hook"], basic_auth: {username: a}}}`, "", `warning: c.yaml:2: notify.webhook.basic_auth: username without a password: an empty one is sent`},
	{"tls to http", oneSource + `notify: {alertmanager: {urls: ["http://127.0.0.1:9093"], tls_config: {insecure_skip_verify: true}}}`, "", `warning: c.yaml:2: notify.alertmanager.tls_config: not used: no URL begins with https://`},
	{"tls to https", oneSource + `notify: {alertmanager: {urls: ["https://127.0.0.1:9093"], tls_config: {insecure_skip_verify: true}}}`, "", ""},
	{"severity empty", oneSource + `alerts: [{name: A, match: {codes: [6007]}, when: {per_minute: 6}, severity: ""}]`, "", `warning: c.yaml:2: alerts[0].severity: empty, so the severity is warning: write one, or remove the key`},
	{"indentation", "sources:\n  - name: a\n    files: [app.log]\n - name: b", "", `c.yaml:4: the line does not fit the list or mapping that it is in`},
	{"env bare", `sources: [{name: a, files: ["$LOGS/app.log"]}]`, `LOGS=/var`, `warning: c.yaml:1: sources[0].files[0]: the $ and the name after it are taken literally: write ${NAME} for the variable`},
	{"glob brace", `sources: [{name: a, files: ["a{b,c.log"]}]`, "", `c.yaml:1: sources[0].files[0]: "a{b,c.log" is not a glob: an opened [ or`},
	{"regex as glob", `sources: [{name: a, files: ["/var/log/.*\\.log"]}]`, "", `warning: c.yaml:1: sources[0].files[0]: "/var/log/.*\\.log" looks like a regular expression: files are named b`},
	{"exclude all", `sources: [{name: a, files: [app.log], exclude: ["*.log"]}]`, "", `warning: c.yaml:1: sources[0].exclude: it takes out all files that match (1), such as app.log`},
	{"exclude nothing", `sources: [{name: a, files: [app.log], exclude: ["nothing*.gz"]}]`, "", ""},
	{"same name", `sources: [{name: a, files: [app.log]}, {name: a, files: [empty.log]}]`, "", `c.yaml:1: sources[1].name: sources[0] is named "a" already: the name tel`},
	{"same file", `sources: [{name: a, files: [app.log]}, {name: b, files: ['*.log']}]`, "", `warning: c.yaml:1: sources[1]: sources a and b both follow app.log: every line of it counts twice, once for ea`},
	{"name empty", `sources: [{name: "", files: [app.log]}]`, "", `c.yaml:1: sources[0].name: empty: give the source a short name, it becom`},
	{"format typo", `sources: [{name: a, files: [app.log], format: jsn}]`, "", `c.yaml:1: sources[0].format: unknown format "jsn": one of auto, json, lo`},
	{"format JSON upper", `sources: [{name: a, files: [app.log], format: JSON, json: {code: [a]}}]`, "", `c.yaml:1: sources[0].format: unknown format "JSON": one of auto, json, l`},
	{"drm typo", `sources: [{name: a, files: [app.log], drm: widvine}]`, "", `c.yaml:1: sources[0].drm: unknown drm "widvine": one of widevine, playre`},
	{"timezone typo", `sources: [{name: a, files: [app.log], timezone: CEST}]`, "", `c.yaml:1: sources[0].timezone: unknown time zone "CEST": Local, UTC or a`},
	{"timezone offset", `sources: [{name: a, files: [app.log], timezone: "+02:00"}]`, "", `c.yaml:1: sources[0].timezone: unknown time zone "+02:00": Local, UTC or`},
	{"start typo", `sources: [{name: a, files: [app.log], start: tail}]`, "", `c.yaml:1: sources[0].start: "tail" is unknown: use beginning or end`},
	{"regex group", `sources: [{name: a, files: [app.log], format: regex, regex: "code=(\\d+)"}]`, "", `c.yaml:1: sources[0].regex: no group named code: write (?P<code>\d{4}) w`},
	{"regex lookahead", `sources: [{name: a, files: [app.log], format: regex, regex: "(?=x)(?P<code>\\d+)"}]`, "", `c.yaml:1: sources[0].regex: error parsing regexp: invalid or unsupported`},
	{"multiline true", `sources: [{name: a, files: [app.log], multiline: true}]`, "", `c.yaml:1: sources[0].multiline: multiline: unknown "true": auto, off or `},
	{"licence path url", `sources: [{name: a, files: [app.log], licence_paths: [{path: "https://x/drm/**"}]}]`, "", `c.yaml:1: sources[0].licence_paths[0].path: "https://x/drm/**" is no pat`},
	{"licence path no slash", `sources: [{name: a, files: [app.log], licence_paths: [{path: "drm/**"}]}]`, "", `c.yaml:1: sources[0].licence_paths[0].path: "drm/**" is no path: it begi`},
	{"licence path all", `sources: [{name: a, files: [app.log], licence_paths: [{path: "/**"}]}]`, "", `c.yaml:1: sources[0].licence_paths[0].path: "/**" names no path: at leas`},
	{"windows number", oneSource + `metrics: {windows: [60]}`, "", `c.yaml:2: metrics.windows[0]: 60 is a bare number: a duration needs its `},
	{"windows odd", oneSource + `metrics: {windows: [65s]}`, "", `c.yaml:2: metrics.windows[0]: 1m5s is not a multiple of 10s, the step in`},
	{"windows order", oneSource + `metrics: {windows: [5m, 1m]}`, "", `c.yaml:2: metrics.windows[1]: 1m is shorter than the one before: list th`},
	{"windows dup", oneSource + `metrics: {windows: [1m, 1m]}`, "", `c.yaml:2: metrics.windows[1]: 1m is listed twice`},
	{"label unused", `sources: [{name: a, files: [app.log], labels: [{name: platform, path: os}]}]`, "", `c.yaml:1: sources[0].labels[0].name: "platform" is not counted by: add i`},
	{"label nowhere", oneSource + `metrics: {labels: [platform]}`, "", `c.yaml:2: metrics.labels[0]: no source has a value for`},
	{"label id", `sources: [{name: a, files: [app.log], labels: [{name: device_id, path: device.id}]}]
metrics: {labels: [device_id]}`, "", `c.yaml:1: sources[0].labels[0].name: "device_id" names a device: it poin`},
	{"label reserved", `sources: [{name: a, files: [app.log], labels: [{name: code, path: c}]}]
metrics: {labels: [code]}`, "", `c.yaml:1: sources[0].labels[0].name: "code" is set by the daemon, by Pro`},
	{"label dash", `sources: [{name: a, files: [app.log], labels: [{name: app-version, path: c}]}]
metrics: {labels: [app-version]}`, "", `c.yaml:1: sources[0].labels[0].name: "app-version" is no label name: low`},
	{"label limit 0", oneSource + `metrics: {labels: [tenant], label_limit: 0}`, "", `c.yaml:2: metrics.label_limit: 0 is not between 1 and 1000`},
	{"state interval 0", oneSource + `state: {interval: 0s}`, "", `c.yaml:2: state.interval: 0s is not between 100ms and 1h0m0s`},
	{"state interval num", oneSource + `state: {interval: 5}`, "", `c.yaml:2: state.interval: 5 is a bare number: a duration needs its unit,`},
	{"state /dev/shm", oneSource + `state: {directory: /dev/shm/wv}`, "", `warning: c.yaml:2: state.directory: "/dev/shm/wv": what is below /dev/shm may be deleted with a restart of the`},
	{"listen port only", oneSource + `web: {listen: ["9477"]}`, "", `c.yaml:2: web.listen[0]: "9477" is not an address: write HOST:PORT, such`},
	{"listen int", oneSource + `web: {listen: [9477]}`, "", `c.yaml:2: web.listen[0]: "9477" is not an address: write HOST:PORT, such`},
	{"listen url", oneSource + `web: {listen: ["http://127.0.0.1:9477"]}`, "", `c.yaml:2: web.listen[0]: "http://127.0.0.1:9477" is not an address: writ`},
	{"listen range", oneSource + `web: {listen: ["127.0.0.1:99999"]}`, "", `c.yaml:2: web.listen[0]: "127.0.0.1:99999" has no port from 0 to 65535: `},
	{"listen twice", oneSource + `web: {listen: ["127.0.0.1:9477","127.0.0.1:9477"]}`, "", `c.yaml:2: web.listen[1]: "127.0.0.1:9477" is listen[0] already: remove`},
	{"listen string list", oneSource + `web: {listen: "127.0.0.1:9477"}`, "", `c.yaml:2: web.listen: is "127.0.0.1:9477"; want a list: writ`},
	{"health same", oneSource + `web: {health_listen: "127.0.0.1:9477"}`, "", `c.yaml:2: web.health_listen: "127.0.0.1:9477" is in listen already: choo`},
	{"external no scheme", oneSource + `web: {external_url: wvwatch.example.com}`, "", `c.yaml:2: web.external_url: "wvwatch.example.com" is no address of a pag`},
	{"external ftp", oneSource + `web: {external_url: "ftp://x"}`, "", `c.yaml:2: web.external_url: "ftp://x" is no address of a page: write htt`},
	{"web config missing", oneSource + `web: {config_file: nope.yaml}`, "", `c.yaml:2: web.config_file: "nope.yaml": open nope.yaml: no such file or `},
	{"web config bad", oneSource + `web: {config_file: afile}`, "", `c.yaml:2: web.config_file: "afile": yaml: unmarshal errors:`},
	{"am no scheme", oneSource + `notify: {alertmanager: {urls: ["am:9093"]}}`, "", `c.yaml:2: notify.alertmanager.urls[0]: "am:9093": must begin with http:/`},
	{"am api path", oneSource + `notify: {alertmanager: {urls: ["http://127.0.0.1:9093/api/v2/alerts"]}}`, "", `c.yaml:2: notify.alertmanager.urls[0]: "http://127.0.0.1:9093/api/v2/ale`},
	{"am v1", oneSource + `notify: {alertmanager: {urls: ["http://127.0.0.1:9093/#/alerts"]}}`, "", `c.yaml:2: notify.alertmanager.urls[0]: "http://127.0.0.1:9093/#/alerts":`},
	{"am loopback links", oneSource + `notify: {alertmanager: {urls: ["http://am.example:9093"]}}`, "", `warning: c.yaml: web.external_url: alerts are sent to am.example with links to 127.0.0.1:9477 (web.listen, sin`},
	{"am string", oneSource + `notify: {alertmanager: {urls: "http://127.0.0.1:9093"}}`, "", `c.yaml:2: notify.alertmanager.urls: is "http://127.0.0.1:9093"; want a list`},
	{"am password file missing", oneSource + `notify: {alertmanager: {urls: ["http://127.0.0.1:9093"], basic_auth: {username: a, password_file: nope}}}`, "", `c.yaml:2: notify.alertmanager.basic_auth.password_file: open nope: no su`},
	{"am both auth", oneSource + `notify: {alertmanager: {urls: ["http://127.0.0.1:9093"], basic_auth: {username: a, password: b}, bearer_token_file: afile}}`, "", `c.yaml:2: notify.alertmanager.bearer_token_file: basic_auth is set too`},
	{"am ca missing", oneSource + `notify: {alertmanager: {urls: ["https://127.0.0.1:9093"], tls_config: {ca_file: nope}}}`, "", `c.yaml:2: notify.alertmanager.tls_config: unable to read CA cert: unable`},
	{"am ca not pem", oneSource + `notify: {alertmanager: {urls: ["https://127.0.0.1:9093"], tls_config: {ca_file: afile}}}`, "", `c.yaml:2: notify.alertmanager.tls_config: unable to use specified CA cer`},
	{"webhook slack", oneSource + `notify: {webhook: {urls: ["https://hooks.slack.com/services/T0/B0/x"]}}`, "", `warning: c.yaml:2: notify.webhook.urls[0]: hooks.slack.com does not read Alertmanager's webhook format: send t`},
	{"webhook pagerduty", oneSource + `notify: {webhook: {urls: ["https://events.pagerduty.com/v2/enqueue"]}}`, "", `warning: c.yaml:2: notify.webhook.urls[0]: events.pagerduty.com does not read Alertmanager's webhook format: s`},
	{"alert code string", oneSource + `alerts: [{name: A, match: {codes: ["6007x"]}, when: {per_minute: 6}}]`, "", `c.yaml:2: alerts[0].match.codes[0]: "6007x" is not a whole number`},
	{"alert code unknown", oneSource + `alerts: [{name: A, match: {codes: [9999]}, when: {per_minute: 6}}]`, "", `c.yaml:2: alerts[0].match.codes[0]: 9999 is in no server's list: add it `},
	{"alert category typo", oneSource + `alerts: [{name: A, match: {categories: [keymanager]}, when: {per_minute: 6}}]`, "", `c.yaml:2: alerts[0].match.categories[0]: unknown: "keymanager": did you `},
	{"alert source typo", oneSource + `alerts: [{name: A, match: {codes: [6007], sources: [b]}, when: {per_minute: 6}}]`, "", `c.yaml:2: alerts[0].match.sources[0]: unknown: "b": one of a`},
	{"alert no when", oneSource + `alerts: [{name: A, match: {codes: [6007]}}]`, "", `c.yaml:2: alerts[0].when: no condition, or one that is 0: write per_minute`},
	{"alert two when", oneSource + `alerts: [{name: A, match: {codes: [6007]}, when: {per_minute: 6, silent: 5m}}]`, "", `c.yaml:2: alerts[0].when.silent: per_minute is set too, but a rule has one`},
	{"alert no match", oneSource + `alerts: [{name: A, when: {per_minute: 6}}]`, "", `c.yaml:2: alerts[0].match: empty, which would count every code: set codes`},
	{"alert drm other", oneSource + `alerts: [{name: A, match: {codes: [6007], drm: [playready]}, when: {per_minute: 6}}]`, "", `c.yaml:2: alerts[0].match.codes[0]: 6007 is a code of widevine, not of p`},
	{"alert share 5", oneSource + `alerts: [{name: A, match: {codes: [6007]}, when: {share_of_requests: 5}}]`, "", `c.yaml:2: alerts[0].when.share_of_requests: 5: must be above 0 and at mo`},
	{"alert name dup", oneSource + `alerts: [{name: A, match: {codes: [6007]}, when: {per_minute: 1}}, {name: A, match: {codes: [6007]}, when: {per_minute: 2}}]`, "", `c.yaml:2: alerts[1].name: "A" is the name of alerts[0] too: the states o`},
	{"alert name space", oneSource + `alerts: [{name: "my alert", match: {codes: [6007]}, when: {per_minute: 1}}]`, "", `c.yaml:2: alerts[0].name: "my alert": must be CamelCase, letters and dig`},
	{"alert template", oneSource + `alerts: [{name: A, match: {codes: [6007]}, when: {per_minute: 6}, annotations: {summary: "{{ .Nope }}"}}]`, "", `c.yaml:2: alerts[0].annotations.summary: 1:3: no field .Nope: there are .Because`},
	{"alert template prom", oneSource + `alerts: [{name: A, match: {codes: [6007]}, when: {per_minute: 6}, annotations: {summary: "{{ $value }} on {{ $labels.instance }}"}}]`, "", `c.yaml:2: alerts[0].annotations.summary: 1: undefined variable "$value"`},
	{"alert severity typo", oneSource + `alerts: [{name: A, match: {codes: [6007]}, when: {per_minute: 6}, severity: critcal}]`, "", `c.yaml:2: alerts[0].severity: "critcal": did you mean critical?`},
	{"alert by unknown", oneSource + `alerts: [{name: A, match: {codes: [6007]}, when: {per_minute: 6}, by: [tenant]}]`, "", `c.yaml:2: alerts[0].by[0]: "tenant" is not counted by: add it to metrics`},
	{"alert for num", oneSource + `alerts: [{name: A, match: {codes: [6007]}, when: {per_minute: 6}, for: 5}]`, "", `c.yaml:2: alerts[0].for: 5 is a bare number: a duration needs its unit, `},
	{"alert label reserved", oneSource + `alerts: [{name: A, match: {codes: [6007]}, when: {per_minute: 6}, labels: {alertname: x}}]`, "", `c.yaml:2: alerts[0].labels.alertname: is set by the daemon: choose anoth`},
	{"alert expr", oneSource + `alerts: [{alert: A, expr: "rate(x[5m]) > 1"}]`, "", `c.yaml:2: alerts[0].alert: unknown key; known here: name, match, when, f`},
	{"alert over small", oneSource + `alerts: [{name: A, match: {codes: [6007]}, when: {per_minute: 6, over: 5s}}]`, "", `c.yaml:2: alerts[0].when.over: 5s: must be a multiple of 10s, from 10s t`},
	{"alert per_minute 0", oneSource + `alerts: [{name: A, match: {codes: [6007]}, when: {per_minute: 0}}]`, "", `c.yaml:2: alerts[0].when: no condition, or one that is 0: write per_minute`},
	{"alert per_minute neg", oneSource + `alerts: [{name: A, match: {codes: [6007]}, when: {per_minute: -1}}]`, "", `c.yaml:2: alerts[0].when.per_minute: -1: must be above 0`},
	{"mute days", oneSource + `mute: [{name: m, days: [monday]}]`, "", ""},
	{"mute from", oneSource + `mute: [{name: m, from: "25:00"}]`, "", `c.yaml:2: mute[0].from: "25:00": must be a time of day, from "00:00" to `},
	{"mute all", oneSource + `mute: [{name: m}]`, "", `warning: c.yaml:2: mute[0]: m mutes every alert at every time: give it match, or days, from and to`},
	{"mute unknown alert", oneSource + `mute: [{name: m, match: {alertname: Nope}}]`, "", `c.yaml:2: mute[0].match: no rule makes an alert with these labels, so it`},
	{"mute num time", oneSource + `mute: [{name: m, from: 22:00, to: 04:00}]`, "", ""},
	{"overlay missing", oneSource + `codes: {overlay: nope.yaml}`, "", `c.yaml:2: codes.overlay: read overlay: open nope.yaml: no such file or d`},
	{"log level", oneSource + `log: {level: verbose}`, "", `c.yaml:2: log.level: unknown level "verbose": one of debug, info, warn, `},
	{"env typo", oneSource, `WVWATCH_LOG_LEVLE=debug`, `warning: WVWATCH_LOG_LEVLE: this environment variable is not read, did you mean WVWATCH_LOG_LEVEL?`},
	{"env alerts", oneSource, `WVWATCH_ALERTS=[]`, `WVWATCH_ALERTS: alerts: no variable can hold this: write it into the fil`},
	{"env sources", oneSource, `WVWATCH_SOURCES=x`, `WVWATCH_SOURCES: sources: no variable can hold this: write it into the f`},
	{"env mute", oneSource, `WVWATCH_MUTE=x`, `WVWATCH_MUTE: mute: no variable can hold this: write it into the file, a`},
	{"env ext", oneSource, `WVWATCH_EXTERNAL_LABELS=x`, `WVWATCH_EXTERNAL_LABELS: external_labels: no variable can hold this: wri`},
	{"env bad", oneSource, `WVWATCH_STATE_INTERVAL=5`, `WVWATCH_STATE_INTERVAL: state.interval: 5 is a bare number: a duration n`},
	{"token missing", `sources: [{name: a, http: {listen: "127.0.0.1:0", token_file: nope}}]`, "", `c.yaml:1: sources[0].http.token_file: open nope: no such file or directo`},
	{"token empty", `sources: [{name: a, http: {listen: "127.0.0.1:0", token_file: ../badtoken}}]`, "", `c.yaml:1: sources[0].http.token_file: open ../badtoken: no such file or `},
	{"http same port", `sources: [{name: a, http: {listen: "127.0.0.1:9477"}}]`, "", `c.yaml:1: sources[0].http.listen: "127.0.0.1:9477" is taken by web.liste`},
	{"http two same", `sources: [{name: a, http: {listen: "127.0.0.1:7000"}}, {name: b, http: {listen: "127.0.0.1:7000"}}]`, "", `c.yaml:1: sources[1].http.listen: "127.0.0.1:7000" is taken by sources[0`},
	{"syslog no scheme", `sources: [{name: a, syslog: {listen: ["127.0.0.1:514"]}}]`, "", `c.yaml:1: sources[0].syslog.listen[0]: "127.0.0.1:514" is not an address`},
	{"syslog tls without", `sources: [{name: a, syslog: {listen: ["tls://127.0.0.1:6514"]}}]`, "", `c.yaml:1: sources[0].syslog.tls: an address begins with tls://: write tl`},
	{"syslog cert missing", `sources: [{name: a, syslog: {listen: ["tls://127.0.0.1:6514"], tls: {cert_file: nope, key_file: nope}}}]`, "", `c.yaml:1: sources[0].syslog.tls: open nope: no such file or directory`},
	{"two inputs", `sources: [{name: a, files: [app.log], stdin: true}]`, "", `c.yaml:1: sources[0].files: the source has stdin already: give each inpu`},
	{"journald empty", `sources: [{name: a, journald: {}}]`, "", `c.yaml:1: sources[0].journald.units: empty: name the units to read, such`},
	{"spool small", oneSource + `spool: {max_bytes: 1000}`, "", `c.yaml:2: spool.max_bytes: is too small: write at least 67108864 (64 MiB`},
	{"spool unit", oneSource + `spool: {max_bytes: 1GiB}`, "", `c.yaml:2: spool.max_bytes: "1GiB" is not a whole number`},
	{"bom", "\ufeffsources: [{name: a, files: [app.log]}]\n", "", ""},
	{"tab", `sources:
	- name: a`, "", `c.yaml:2: a tab indents this line: YAML wants spaces`},
	{"crlf", "sources: [{name: a, files: [app.log]}]\r", "", ""},
	{"two docs", oneSource + `---
sources: [{name: a, files: [app.log]}]`, "", `c.yaml:2: a second document begins here, but a file holds one: remove the ---`},
	{"json file", `{"sources":[{"name":"a","files":["app.log"]}]}`, "", ""},
	{"ext label tmpl", oneSource + `external_labels: {cluster: "{{ x }}"}`, "", `c.yaml:2: external_labels.cluster: holds a template, but labels are the `},
}

// Every slip is found: faults and what can not work on this host end with an error,
// doubtful settings with a warning, and correct ones with neither.
func TestSlips(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("STATE_DIRECTORY", "/var/lib/wvwatch")
	for name, text := range map[string]string{"app.log": "x\n", "empty.log": "", "x[1].log": "x\n", "afile": "x"} {
		write(t, ".", name, text)
	}
	if err := os.Mkdir("dir", 0o750); err != nil {
		t.Fatal(err)
	}
	for link, target := range map[string]string{"dev.log": os.DevNull, "dangling.log": "/nonexistent/x"} {
		if err := os.Symlink(target, link); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo("pipe", 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range slips {
		t.Run(tt.name, func(t *testing.T) {
			if name, value, is := strings.Cut(tt.variable, "="); is {
				t.Setenv(name, value)
			}
			write(t, ".", "c.yaml", tt.text+"\n")
			out, failed := checked("c.yaml")
			says := tt.want == ""
			for line := range strings.Lines(out) {
				says = says || strings.HasPrefix(line, tt.want)
			}
			if fault := tt.want != "" && !strings.HasPrefix(tt.want, "warning: "); !says || failed != fault || tt.want == "" && strings.Contains(out, "warning: ") {
				t.Errorf("want %q in\n%s", tt.want, out)
			}
		})
	}
}

// checked returns what "wvwatch check" prints of a file, and whether it fails.
func checked(file string) (out string, failed bool) {
	var b strings.Builder
	cmd := newRootCmd()
	cmd.SetOut(&b)
	cmd.SetErr(&b)
	cmd.SetArgs([]string{"check", file})
	err := cmd.Execute()
	if err != nil {
		b.WriteString(err.Error())
	}
	return b.String(), err != nil
}

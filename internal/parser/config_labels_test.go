package parser

import (
	"strings"
	"testing"
)

func TestLabelFaults(t *testing.T) {
	const device, person = "names a device: it points to one and has as many values as there are, so it never becomes a label; take what groups them, such as device_type, device_model or platform",
		"names a person: it points to one and has as many values as there are, so it never becomes a label; take what groups them, such as tenant, country or plan"
	labels := func(l ...LabelConfig) Config { return Config{Labels: l} }
	for _, tt := range []struct {
		name string
		c    Config
		want string // "" for valid
	}{
		{"path, key and name", labels(LabelConfig{Name: "platform", Path: "client.os"}, LabelConfig{Name: "app_version"}, LabelConfig{Name: "region", Regex: `region=(\w+)`}), ""},
		{"a place for the tenant", labels(LabelConfig{Name: "tenant", Path: "operator.id"}), ""},
		{"group", Config{Format: "regex", Regex: `extra (?P<code>\d+) os=(?P<os>\w+)`, Labels: []LabelConfig{{Name: "platform", Path: "os"}, {Name: "os"}}}, ""},
		{"no group", Config{Format: "regex", Regex: `extra (?P<code>\d+)`, Labels: []LabelConfig{{Name: "os"}}},
			`labels[0].name: the source's regex has no group named "os": add (?P<os>...) to it, or give the label a regex of its own`},
		{"name", labels(LabelConfig{Name: "appVersion"}), `labels[0].name: "appVersion" is no label name: lower-case letters, digits and _, a letter first`},
		{"no name", labels(LabelConfig{Path: "os"}), `labels[0].name: "" is no label name: lower-case letters, digits and _, a letter first`},
		{"reserved", labels(LabelConfig{Name: "instance", Path: "pod"}), `labels[0].name: "instance" is set by the daemon, by Prometheus or by an alert: choose another name`},
		{"twice", labels(LabelConfig{Name: "os"}, LabelConfig{Name: "os", Path: "b"}), `labels[1].name: "os" is listed twice: remove one`},
		{"two places", labels(LabelConfig{Name: "os", Path: "a", Regex: "(b)"}), "labels[0].regex: path is set too: a value comes from one place, remove one of them"},
		{"regex without a group", labels(LabelConfig{Name: "os", Regex: `os=\w+`}), `labels[0].regex: no group: write parentheses around the value, such as platform=(\w+)`},
		{"bad regex", labels(LabelConfig{Name: "os", Regex: `os=(\w+`}), "labels[0].regex: error parsing regexp: missing closing ): `os=(\\w+` (the syntax is RE2)"},

		{"file and value", labels(LabelConfig{Name: "namespace", File: `/pods/([^_/]+)_`}, LabelConfig{Name: "cluster", Value: "fra1"}, LabelConfig{Name: "tenant", Value: "acme"}), ""},
		{"file and path", labels(LabelConfig{Name: "namespace", Path: "ns", File: `/pods/([^_/]+)_`}), "labels[0].file: path is set too: a value comes from one place, remove one of them"},
		{"value and regex", labels(LabelConfig{Name: "namespace", Regex: `ns=(\w+)`, Value: "drm"}), "labels[0].value: regex is set too: a value comes from one place, remove one of them"},
		{"value and file", labels(LabelConfig{Name: "os"}, LabelConfig{Name: "namespace", File: "(a)", Value: "drm"}), "labels[1].value: file is set too: a value comes from one place, remove one of them"},
		{"file without a group", labels(LabelConfig{Name: "namespace", File: `/pods/[^_/]+_`}), "labels[0].file: no group: write parentheses around the value, such as /pods/([^_/]+)_"},
		{"bad file", labels(LabelConfig{Name: "namespace", File: `/pods/([^_/]+_`}), "labels[0].file: error parsing regexp: missing closing ): `/pods/([^_/]+_` (the syntax is RE2)"},
		{"an address as value", labels(LabelConfig{Name: "node", Value: "10.2.3.4"}), `labels[0].value: "10.2.3.4" has the form of an address, a date, an id or a token, which is counted as other: choose a name`},
		{"a long value", labels(LabelConfig{Name: "cluster", Value: strings.Repeat("x", 129)}), "labels[0].value: 129 bytes: 128 at most"},
		{"a device in the path", labels(LabelConfig{Name: "box", File: `/device_id/(\w+)`}), `labels[0].file: "device_id" ` + device},

		{"device by name", labels(LabelConfig{Name: "device"}), `labels[0].name: "device" ` + device},
		{"device by path", labels(LabelConfig{Name: "box", Path: "client.deviceId"}), `labels[0].path: "deviceId" ` + device},
		{"device by regex", labels(LabelConfig{Name: "box", Regex: `device_id"?\s*[:=]\s*"?([\w-]+)`}), `labels[0].regex: "device_id" ` + device},
		{"user as tenant", Config{Format: "json", JSON: &FieldsConfig{Code: []string{"c"}, Tenant: "user.name"}}, `json.tenant: "user" ` + person},
		{"account as tenant by group", Config{Format: "regex", Regex: `extra (?P<code>\d+) account=(?P<tenant>\S+)`}, `regex: "account" ` + person},
	} {
		err := tt.c.Validate()
		got := ""
		if err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%s:\n%s\nwant:\n%s", tt.name, got, tt.want)
		}
	}
}

package config

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"
)

// The flags override the environment, the environment the file, the file the
// defaults.
func TestPrecedence(t *testing.T) {
	const text = oneSource + "log: {level: warn, format: json}\nstate: {interval: 7s}\n"
	t.Setenv("WVWATCH_LOG_LEVEL", "error")
	t.Setenv("WVWATCH_LOG_FORMAT", "") // sets nothing
	c := load(t, text, "--log.level=debug")
	if c.Log.Level != "debug" {
		t.Errorf("flag: %q", c.Log.Level)
	}
	c = load(t, text)
	if c.Log.Level != "error" {
		t.Errorf("environment: %q", c.Log.Level)
	}
	if c.Log.Format != "json" || c.State.Interval != 7*time.Second {
		t.Errorf("file: %+v %+v", c.Log, c.State)
	}
	if c.Web.Listen[0] != "127.0.0.1:9477" {
		t.Errorf("default: %q", c.Web.Listen)
	}
}

func TestEnvironmentTypes(t *testing.T) {
	t.Setenv("WVWATCH_WEB_LISTEN", "127.0.0.1:1, [::1]:2,")
	t.Setenv("WVWATCH_WEB_ENABLE_PPROF", "true")
	t.Setenv("WVWATCH_STATE_DIRECTORY", "/var/lib/x,y")
	t.Setenv("WVWATCH_STATE_INTERVAL", "1m30s")
	t.Setenv("WVWATCH_METRICS_WINDOWS", "1m,10m")
	t.Setenv("WVWATCH_METRICS_LABEL_LIMIT", "7")
	t.Setenv("WVWATCH_NOTIFY_ALERTMANAGER_URLS", "http://a:9093,http://b:9093")
	c := load(t, oneSource)
	for _, test := range []struct{ got, want any }{
		{c.Web.Listen, []string{"127.0.0.1:1", "[::1]:2"}},
		{c.Web.EnablePprof, true},
		{c.State.Directory, "/var/lib/x,y"},
		{c.State.Interval, 90 * time.Second},
		{c.Metrics.Windows, []time.Duration{time.Minute, 10 * time.Minute}},
		{c.Metrics.LabelLimit, 7},
		{c.Notify.Alertmanager.URLs, []string{"http://a:9093", "http://b:9093"}},
	} {
		if !reflect.DeepEqual(test.got, test.want) {
			t.Errorf("got %#v, want %#v", test.got, test.want)
		}
	}
}

// A bad value is blamed on the variable or flag that holds it, not on the line
// of the file that it overrides.
func TestBlame(t *testing.T) {
	t.Setenv("WVWATCH_STATE_INTERVAL", "5")
	t.Setenv("WVWATCH_METRICS_LABEL_LIMIT", "many")
	t.Setenv("WVWATCH_LOG_LEVEL", "loud")
	_, err := parse("config.yaml", []byte(oneSource+"log: {level: info, format: json}\n"), flags(t, "--web.listen-address=localhost", "--log.format=xml"))
	if err == nil {
		t.Fatal("loaded")
	}
	for _, want := range []string{
		"WVWATCH_STATE_INTERVAL: state.interval: 5 is a bare number: a duration needs its unit, say 5s",
		`WVWATCH_METRICS_LABEL_LIMIT: metrics.label_limit: "many" is not a whole number`,
		`WVWATCH_LOG_LEVEL: log.level: unknown level "loud"`,
		`--web.listen-address: web.listen[0]: "localhost" is not an address`,
		`--log.format: log.format: unknown format "xml"`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in:\n%v", want, err)
		}
	}
}

func TestFlags(t *testing.T) {
	args := []string{
		"--web.listen-address=:1", "--web.listen-address=:2,:3", "--web.enable-reload", "--state.directory", "/tmp/x",
		"--web.config.file=", "--log.format=json",
	}
	c := load(t, oneSource+"web: {config_file: none.yml}\n", args...)
	if !reflect.DeepEqual(c.Web.Listen, []string{":1", ":2", ":3"}) || !c.Web.EnableReload || c.Web.EnablePprof ||
		c.Web.ConfigFile != "" || c.State.Directory != "/tmp/x" || c.Log.Format != "json" {
		t.Errorf("%+v %+v %+v", c.Web, c.State, c.Log)
	}
	// A command without the flags.
	c, err := parse("config.yaml", []byte(oneSource), pflag.NewFlagSet("other", pflag.ContinueOnError))
	if err != nil || c.Log.Format != "text" {
		t.Errorf("%v: %+v", err, c)
	}
}

// Every flag sets a key that exists.
func TestFlagPaths(t *testing.T) {
	types := leafTypes()
	for _, o := range options() {
		if types[o.path] == nil {
			t.Errorf("--%s sets %s, which is no key", o.name, o.path)
		}
	}
}

// A label may be compared for the verdict without being counted by.
func TestDimensionsOfTheVerdict(t *testing.T) {
	const text = "sources: [{name: a, files: [app.log], labels: [{name: platform, path: os}]}]\n"
	c, err := parse("config.yaml", []byte(text+"blame: {dimensions: [platform]}\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Metrics.Labels) > 0 {
		t.Errorf("counted by %q", c.Metrics.Labels)
	}
	if _, err := parse("config.yaml", []byte(text), nil); err == nil || !strings.Contains(err.Error(), "blame.dimensions") {
		t.Errorf("a label of no use: %v", err)
	}
}

package state

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestConfigValidate(t *testing.T) {
	if err := Default().Validate(); err != nil {
		t.Errorf("the default: %v", err)
	}
	err := Config{Directory: "a\x00b", Interval: 2 * time.Hour}.Validate()
	want := "directory: \"a\\x00b\" is no path\ninterval: 2h0m0s is not between 100ms and 1h0m0s"
	if err == nil || err.Error() != want {
		t.Errorf("error:\n%v\nwant:\n%s", err, want)
	}
}

func TestResolve(t *testing.T) {
	wd, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name      string
		directory string
		env       map[string]string
		want      string // empty for an error
	}{
		{"configured", "/data", map[string]string{"STATE_DIRECTORY": "/sd", "XDG_STATE_HOME": "/xdg", "HOME": "/home/u"}, "/data"},
		{"configured, relative", "data", nil, filepath.Join(wd, "data")},
		{"systemd", "", map[string]string{"STATE_DIRECTORY": "/sd", "XDG_STATE_HOME": "/xdg", "HOME": "/home/u"}, "/sd"},
		{"systemd with several", "", map[string]string{"STATE_DIRECTORY": "/sd:/sd2"}, "/sd"},
		{"XDG", "", map[string]string{"XDG_STATE_HOME": "/xdg", "HOME": "/home/u"}, "/xdg/wvwatch"},
		{"XDG, relative", "", map[string]string{"XDG_STATE_HOME": "xdg", "HOME": "/home/u"}, "/home/u/.local/state/wvwatch"},
		{"home", "", map[string]string{"HOME": "/home/u"}, "/home/u/.local/state/wvwatch"},
		{"nothing", "", nil, ""},
	} {
		got, err := Config{Directory: tt.directory}.Resolve(func(key string) string { return tt.env[key] })
		if got != tt.want || (err != nil) != (tt.want == "") {
			t.Errorf("%s: %q, %v, want %q", tt.name, got, err, tt.want)
		}
		if err != nil && !strings.Contains(err.Error(), "set state.directory") {
			t.Errorf("%s: %v names no cure", tt.name, err)
		}
	}
}

package tailer

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestConfigValidate(t *testing.T) {
	for name, c := range map[string]struct {
		config Config
		want   []string // parts of the error; none for fine
	}{
		"fine":      {Config{Name: "a", Files: []string{"/var/log/*.log", "x/**/y{1,2}.log"}, Exclude: []string{"**/*.gz"}, Start: "end"}, nil},
		"empty":     {Config{}, []string{"name: empty", "files: empty"}},
		"bad globs": {Config{Name: "a", Files: []string{"[a", " "}, Exclude: []string{"{a"}}, []string{"files[0]", "files[1]", "exclude[0]"}},
		"start":     {Config{Name: "a", Files: []string{"x"}, Start: "middle"}, []string{`start: "middle" is unknown: use beginning or end`}},
	} {
		t.Run(name, func(t *testing.T) {
			err := c.config.Validate()
			if (err == nil) != (len(c.want) == 0) {
				t.Fatalf("got %v", err)
			}
			for _, part := range c.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%v lacks %q", err, part)
				}
			}
		})
	}
}

func TestNewNamesEveryFault(t *testing.T) {
	fine := Config{Name: "a", Files: []string{"x"}}
	_, err := New([]Config{fine, fine, {Name: "b"}}, nil, nil, Options{})
	for _, part := range []string{`source "a": the name is used twice`, `source "b": files: empty`} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%v lacks %q", err, part)
		}
	}
}

func TestMatch(t *testing.T) {
	dir := t.TempDir()
	for _, path := range []string{"a.log", "a.log.1", "b.log.gz", "sub/deep/c.log", "sub/d.txt"} {
		path = filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	c := Config{
		Files:   []string{dir + "/**/*.log", dir + "/*.gz", dir + "/./sub/d.txt", dir + "/missing.log", dir + "/no/such/*.log"},
		Exclude: []string{"**/*.gz"},
	}
	got, err := c.Match()
	if err != nil {
		t.Fatal(err)
	}
	want := []string{dir + "/a.log", dir + "/sub/d.txt", dir + "/sub/deep/c.log"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// At the start each source logs how many files it follows, without listing them again.
func TestStartIsLogged(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a.log", "b.log", "b.log.1", "skipped.log"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("one line\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var text strings.Builder
	config := Config{Name: "proxy", Files: []string{dir + "/*.log", dir + "/a*", dir + "/later.log"}, Exclude: []string{dir + "/skipped*"}}
	tailer, err := New([]Config{config}, nil, func(string) Sink { return &lineCounter{} }, Options{Log: slog.New(slog.NewTextHandler(&text, nil))})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- tailer.Run(ctx) }()
	<-tailer.CaughtUp()
	stop()
	if err := <-ended; err != nil { // nothing is logged any more
		t.Fatal(err)
	}
	if want := "msg=source component=tailer source=proxy patterns=\"" + strings.Join(config.Files, ", ") + "\" files=3\n"; strings.Count(text.String(), want) != 1 {
		t.Errorf("want once %s in\n%s", want, text.String())
	}
}

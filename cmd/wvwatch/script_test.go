package main

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"wvwatch": main})
}

// The scripts are the specification of the commands.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "../../testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
	})
}

// command runs one command line in this process.
func command(args ...string) (status int, stdout, stderr string) {
	var out, errs bytes.Buffer
	status = run(context.Background(), args, strings.NewReader(""), &out, &errs)
	return status, out.String(), errs.String()
}

// Every command has a help text with its usage and an example.
func TestHelp(t *testing.T) {
	for _, cmd := range newRootCmd().Commands() {
		if cmd.Name() == "help" || cmd.Name() == "completion" {
			continue
		}
		t.Run(cmd.Name(), func(t *testing.T) {
			status, stdout, stderr := command(cmd.Name(), "--help")
			if status != exitFine || stderr != "" {
				t.Errorf("status %d, stderr %q", status, stderr)
			}
			for _, want := range []string{"Usage:\n  ", "Examples:\n  ", "wvwatch " + cmd.Name()} {
				if !strings.Contains(stdout, want) {
					t.Errorf("the help does not hold %q:\n%s", want, stdout)
				}
			}
		})
	}
}

// run keeps nothing from one call to the next.
func TestRunTwice(t *testing.T) {
	for range 2 {
		if status, stdout, _ := command("version", "--format", "json"); status != exitFine || !strings.HasPrefix(stdout, `{"version":`) {
			t.Errorf("version --format json: %d %q", status, stdout)
		}
		if status, stdout, _ := command("version"); status != exitFine || !strings.HasPrefix(stdout, "wvwatch ") {
			t.Errorf("version: %d %q", status, stdout)
		}
	}
}

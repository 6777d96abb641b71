package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"wvwatch/internal/codes"
)

// runCommand executes one command and returns what it wrote to standard output.
func runCommand(cmd *cobra.Command, args ...string) (string, error) {
	var out, rest bytes.Buffer
	cmd.SetOut(&out)
	cmd.SetErr(&rest)
	cmd.SetArgs(args)
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	err := cmd.Execute()
	return out.String(), err
}

func TestCodesFormats(t *testing.T) {
	cat, err := codes.Load(codes.Config{})
	if err != nil {
		t.Fatal(err)
	}

	table, err := runCommand(newCodesCmd())
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(table, "\n"), "\n")
	if len(lines) != cat.Len()+1 {
		t.Errorf("table has %d lines for %d codes", len(lines), cat.Len())
	}
	column := strings.Index(lines[0], "DESCRIPTION")
	for i, line := range lines[1:] {
		if column < 0 || line[column:] != cat.At(i).Description {
			t.Errorf("line %q is out of line", line)
		}
	}

	tsv, err := runCommand(newCodesCmd(), "--format", "tsv", "--drm", "ssm")
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(tsv, "\n"); n != 19 || !strings.Contains(tsv, "\nssm\t1007\tMax active sessions are exceeded.\t1xxx\tsession\tinfo\tviewer\texpected\t") {
		t.Errorf("tsv of ssm, %d lines:\n%s", n, tsv)
	}

	text, err := runCommand(newCodesCmd(), "--format", "json", "--drm", "widevine")
	if err != nil {
		t.Fatal(err)
	}
	var entries []codes.Entry
	if err := json.Unmarshal([]byte(text), &entries); err != nil {
		t.Fatal(err)
	}
	if len(entries) != 97 || entries[0] != cat.Resolve(codes.Widevine, 1001) {
		t.Errorf("json holds %d codes, first %+v", len(entries), entries[0])
	}
}

func TestCodesOverlay(t *testing.T) {
	out, err := runCommand(newCodesCmd(), "--drm", "fairplay", "--overlay", "../../internal/codes/testdata/overlay.yaml")
	if err != nil || !strings.Contains(out, "fairplay  4006  warning   token     Token already played.\n") {
		t.Errorf("error %v, output\n%s", err, out)
	}
}

func TestCodesRefuses(t *testing.T) {
	tests := []struct {
		args  []string
		usage bool
		want  string
	}{
		{[]string{"--format", "xml"}, true, `unknown format "xml": one of table, json, tsv`},
		{[]string{"--drm", "widewine"}, true, `unknown drm "widewine": one of widevine`},
		{[]string{"4006"}, true, "use wvwatch explain 4006"},
		{[]string{"--drm", "fairplay"}, false, "no codes of fairplay are listed"},
		{[]string{"--overlay", "none.yaml"}, false, "none.yaml"},
	}
	for _, tt := range tests {
		out, err := runCommand(newCodesCmd(), tt.args...)
		var usage usageError
		if err == nil || !strings.Contains(err.Error(), tt.want) || errors.As(err, &usage) != tt.usage || out != "" {
			t.Errorf("codes %v: error %v, output %q", tt.args, err, out)
		}
	}
}

package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestCorpora analyses the corpora of the benchmarks, plain and compressed, and
// compares every count with the counts of their generator.
func TestCorpora(t *testing.T) {
	dir := t.TempDir()
	generator := filepath.Join(dir, "generator")
	if out, err := exec.Command("go", "build", "-o", generator, "../../testdata/bench").CombinedOutput(); err != nil {
		t.Fatalf("build generator: %v\n%s", err, out)
	}
	for _, kind := range []string{"json", "text", "dense", "noise"} {
		t.Run(kind, func(t *testing.T) {
			truth := filepath.Join(dir, kind+".tsv")
			lines, err := exec.Command(generator, "-kind", kind, "-lines", "30000", "-seed", "7", "-truth", truth).Output()
			if err != nil {
				t.Fatal(err)
			}
			plain := write(t, dir, kind+".log", string(lines))
			want := readTruth(t, truth)
			for _, file := range []string{plain, compress(t, "gzip", plain), compress(t, "zstd", plain)} {
				if file == "" {
					continue // the plain file is tested without the program
				}
				status, stdout, stderr := command("analyze", "--format", "json", file)
				if status != exitFine {
					t.Fatalf("%s: status %d: %s", file, status, stderr)
				}
				if got := countsOf(t, stdout); !maps.Equal(want, got) {
					t.Errorf("%s:\nwant %v\ngot  %v", file, want, got)
				}
			}
		})
	}
}

// readTruth reads what, drm, value and count.
func readTruth(t *testing.T, file string) map[string]int {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]int{}
	for i, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		var n int
		f := strings.Split(line, "\t")
		if i == 0 && f[0] == "what" {
			continue
		}
		if _, err := fmt.Sscan(f[3], &n); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if n > 0 {
			want[strings.Join(f[:3], " ")] = n
		}
	}
	return want
}

func countsOf(t *testing.T, report string) map[string]int {
	var r struct {
		Lines    int
		Requests []struct {
			DRM, Outcome string
			Count        int
		}
		Extras []struct {
			DRM               string
			Code, Occurrences int
		}
	}
	if err := json.Unmarshal([]byte(report), &r); err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for _, x := range r.Extras {
		got[fmt.Sprintf("code %s %d", x.DRM, x.Code)] = x.Occurrences
	}
	for _, q := range r.Requests {
		got[fmt.Sprintf("request %s %s", q.DRM, q.Outcome)] = q.Count
	}
	got["lines - -"] = r.Lines
	return got
}

// compress returns the file's compressed copy, or nothing where the program is missing.
func compress(t *testing.T, program, file string) string {
	path, err := exec.LookPath(program)
	if err != nil {
		t.Logf("%s is not installed: not tested", program)
		return ""
	}
	out, err := exec.Command(path, "-c", file).Output()
	if err != nil {
		t.Fatal(err)
	}
	return write(t, filepath.Dir(file), filepath.Base(file)+"."+program, string(out))
}

package logfs

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// A tree reports that a glob would match the same only where listings prove it.
func TestUnchanged(t *testing.T) {
	for _, tt := range []struct {
		name, pattern string
		change        func(dir string) error
		want          bool
	}{
		{"nothing", "*/*.log", nil, true},
		{"nothing, below any directory", "**/*.log", nil, true},
		{"a file is written to", "*/*.log", func(dir string) error { return os.WriteFile(dir+"/a/1.log", []byte("x\n"), 0o600) }, true},
		{"a file elsewhere", "a/*.log", func(dir string) error { return os.WriteFile(dir+"/b/3.log", nil, 0o600) }, true},
		{"a new file", "*/*.log", func(dir string) error { return os.WriteFile(dir+"/a/2.log", nil, 0o600) }, false},
		{"a new file that does not match", "*/*.log", func(dir string) error { return os.WriteFile(dir+"/a/2.txt", nil, 0o600) }, false},
		{"a new directory", "*/*.log", func(dir string) error { return os.Mkdir(dir+"/c", 0o755) }, false},
		{"a new directory below", "**/*.log", func(dir string) error { return os.Mkdir(dir+"/a/c", 0o755) }, false},
		{"a file is deleted", "*/*.log", func(dir string) error { return os.Remove(dir + "/a/1.log") }, false},
		{"a directory is replaced", "*/*.log", func(dir string) error {
			if err := os.Rename(dir+"/a", dir+"/z"); err != nil {
				return err
			}
			return os.Mkdir(dir+"/a", 0o755)
		}, false},
		{"a name without wildcards is not listed", "*/1.log", nil, false},
		{"nothing is there", "c/*.log", nil, false},
		{"the target of a symlink is not listed", "l/*.log", nil, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			for _, name := range []string{"a", "b", "l"} {
				if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.WriteFile(dir+"/a/1.log", nil, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink("../a/1.log", dir+"/l/1.log"); err != nil {
				t.Fatal(err)
			}
			long := time.Now().Add(-time.Hour) // a listing right after a change proves nothing
			for _, name := range []string{"a", "b", "l", "."} {
				if err := os.Chtimes(filepath.Join(dir, name), long, long); err != nil {
					t.Fatal(err)
				}
			}
			if tt.pattern == "*/*.log" || tt.pattern == "**/*.log" { // which list the directory of the symlink, too
				if err := os.RemoveAll(dir + "/l"); err != nil {
					t.Fatal(err)
				}
				if err := os.Chtimes(dir, long, long); err != nil {
					t.Fatal(err)
				}
			}
			tree := NewTree()
			pattern := filepath.Join(dir, tt.pattern)
			before, err := tree.Glob(pattern)
			if err != nil {
				t.Fatal(err)
			}
			tree.Forget()
			if tt.change != nil {
				if err := tt.change(dir); err != nil {
					t.Fatal(err)
				}
			}
			if got := tree.Unchanged(); got != tt.want {
				t.Errorf("unchanged: %v, want %v", got, tt.want)
			}
			if after, _ := tree.Glob(pattern); tt.want && !slices.Equal(before, after) {
				t.Errorf("%q before, %q after", before, after)
			}
		})
	}
}

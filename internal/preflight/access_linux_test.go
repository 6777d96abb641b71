package preflight

import (
	"os"
	"path/filepath"
	"testing"
)

// What the service's user can not read is reported to root, who can.
func TestServiceReads(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can take another user's rights")
	}
	dir, err := os.MkdirTemp("/var/tmp", "access")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	closed := filepath.Join(dir, "closed")
	if err := os.Mkdir(closed, 0o700); err != nil {
		t.Fatal(err)
	}
	nobody := &access{name: "nobody", uid: 65534, gid: 65534, groups: []uint32{4}}
	for _, tt := range []struct {
		name string
		mode os.FileMode
		gid  int
		want bool
	}{
		{"all.log", 0o644, 0, true},
		{"own.log", 0o600, 0, false},
		{"adm.log", 0o640, 4, true},
		{"root.log", 0o640, 0, false},
		{"closed/all.log", 0o644, 0, false},
	} {
		file := filepath.Join(dir, tt.name)
		if err := os.WriteFile(file, []byte("x\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chown(file, 0, tt.gid); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(file, tt.mode); err != nil {
			t.Fatal(err)
		}
		if err := nobody.open(file); (err == nil) != tt.want {
			t.Errorf("%s: %v, want readable %v", tt.name, err, tt.want)
		}
		if f, err := os.Open(file); err != nil {
			t.Errorf("the rights of other threads changed: %v", err)
		} else if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}

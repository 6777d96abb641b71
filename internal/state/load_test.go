package state

import (
	"bytes"
	"compress/gzip"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write a file of the present version")

// A file that any version once wrote must be read for ever, also from before there
// were days in it. go test -update writes that of a new version; those of the old ones
// stay as they are.
func TestFormatStays(t *testing.T) {
	if *update {
		content, err := Marshal(checkpoint(t))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join("testdata", fmt.Sprintf("version-%d.state", Version)), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"version-1.state", "version-1-days.state", "version-2.state"} {
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(filepath.Join("testdata", name))
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, fileName), text, 0o600); err != nil {
				t.Fatal(err)
			}
			want := checkpoint(t)
			if name == "version-1.state" {
				for i := range want.Metrics.Sources {
					want.Metrics.Sources[i].Days = nil
				}
			}
			s := open(t, dir)
			same(t, load(t, s), want)
			save(t, s, want) // in the present format
			same(t, load(t, s), want)
			if content, err := os.ReadFile(s.Path()); err != nil || !bytes.HasPrefix(content, fmt.Appendf(nil, "%s %d ", magic, Version)) {
				t.Errorf("saved as %.20q, %v", content, err)
			}
		})
	}
}

// packed returns a checkpoint of version 2 with a text as its payload.
func packed(t testing.TB, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return append(header(2, b.Bytes()), b.Bytes()...)
}

func TestDamageIsSetAside(t *testing.T) {
	var b bytes.Buffer
	first, err := encode(&b, checkpoint(t))
	if err != nil {
		t.Fatal(err)
	}
	whole := append(first, b.Bytes()...)
	flipped := bytes.Clone(whole)
	flipped[len(flipped)-40] ^= 1
	payload := func(text string) []byte {
		return append(header(1, []byte(text)), text...)
	}
	for _, tt := range []struct {
		name, want string
		content    []byte
	}{
		{"empty", "does not begin with", nil},
		{"foreign", "does not begin with", []byte("#!/bin/sh\necho hello\n")},
		{"foreign without a line", "does not begin with", bytes.Repeat([]byte{0}, 4096)},
		{"almost ours", "does not begin with", []byte("wvwatch-statement 1 0 00000000\n")},
		{"no version", "no format version", []byte("wvwatch-state one 0 00000000\n")},
		{"version 0", "no format version", []byte("wvwatch-state 0 0 00000000\n")},
		{"no checksum", "no length and checksum", []byte("wvwatch-state 1 0\n")},
		{"more in the header", "no length and checksum", []byte("wvwatch-state 1 0 00000000 more\n")},
		{"torn header", "does not begin with", whole[:20]},
		{"only a header", "says", whole[:len(first)]},
		{"torn", "says", whole[:len(whole)/2]},
		{"short by one", "says", whole[:len(whole)-1]},
		{"longer", "says", append(bytes.Clone(whole), 'x')},
		{"a flipped bit", "checksum", flipped},
		{"zeroes", "checksum", append(bytes.Clone(first), make([]byte, len(whole)-len(first))...)},
		{"not packed", "its content", append(header(2, []byte("{}\n")), "{}\n"...)},
		{"packed, and no JSON", "its content", packed(t, "hello\n")},
		{"packed, without the alerts", "alerts", packed(t, `{"sources":0}`)},
		{"packed, with a source less", "source 2", packed(t, `{"sources":2}{"name":"a"}null`)},
		{"packed, with an end too few", "code 1 of source", packed(t, `{"sources":1}{"name":"a"}`)},
		{"packed, and more", "more than a checkpoint", packed(t, `{"sources":0}null{}`)},
		{"no JSON", "its content", payload("hello\n")},
		{"other JSON", "its content", payload(`{"metrics":{"sources":7}}`)},
		{"broken steps", "its content", payload(`{"metrics":{"sources":[{"codes":[{"steps":"1 x 2"}]}]}}`)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			for i, aside := range []string{"wvwatch.state.damaged-20261123T082640Z", "wvwatch.state.damaged-20261123T082640Z-2"} {
				s := open(t, dir)
				if err := os.WriteFile(s.Path(), tt.content, 0o600); err != nil {
					t.Fatal(err)
				}
				cp, err := s.Load()
				var damaged *DamagedError
				if !errors.As(err, &damaged) || !strings.Contains(err.Error(), tt.want) {
					t.Fatalf("error %v, want damage with %q", err, tt.want)
				}
				same(t, cp, Checkpoint{})
				if want := filepath.Join(dir, aside); damaged.SetAside != want || !strings.Contains(err.Error(), want) {
					t.Errorf("round %d: set aside as %q, want %q", i, damaged.SetAside, want)
				}
				kept, err := os.ReadFile(damaged.SetAside)
				if err != nil || !bytes.Equal(kept, tt.content) {
					t.Errorf("set aside: %q, %v", kept, err)
				}
				save(t, s, checkpoint(t))
				same(t, load(t, s), checkpoint(t))
				s.Close()
			}
		})
	}
}

func TestNewerVersionIsRefused(t *testing.T) {
	s := open(t, t.TempDir())
	content := []byte("wvwatch-state 3 in a form that is not known yet\n\x00\x01")
	if err := os.WriteFile(s.Path(), content, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := s.Load()
	var newer *VersionError
	if !errors.As(err, &newer) || newer.Version != 3 || !strings.Contains(err.Error(), s.Path()) {
		t.Errorf("load: %v", err)
	}
	if err := s.Save(Checkpoint{}); !errors.As(err, &newer) {
		t.Errorf("save: %v", err)
	}
	if kept, err := os.ReadFile(s.Path()); err != nil || !bytes.Equal(kept, content) {
		t.Errorf("the file is now %q, %v", kept, err)
	}
}

// A file that cannot be read is not damaged: it stays where it is.
func TestUnreadableCheckpointStays(t *testing.T) {
	s := open(t, t.TempDir())
	if err := os.Mkdir(s.Path(), 0o700); err != nil {
		t.Fatal(err)
	}
	_, err := s.Load()
	var damaged *DamagedError
	if err == nil || errors.As(err, &damaged) || !strings.Contains(err.Error(), s.Path()) {
		t.Errorf("load: %v", err)
	}
	if err := s.Save(Checkpoint{}); err == nil {
		t.Error("saved over what could not be read")
	}
}

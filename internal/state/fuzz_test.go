package state

import (
	"bytes"
	"compress/gzip"
	"io"
	"testing"

	"wvwatch/internal/codes"
	"wvwatch/internal/metrics"
)

// text returns the payload of a checkpoint, unpacked.
func text(t testing.TB, cp Checkpoint) []byte {
	t.Helper()
	var b bytes.Buffer
	if _, err := encode(&b, cp); err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// FuzzDecode reads any file as a checkpoint, and any payload as that of one.
// A checkpoint that is understood must survive a restart and a second round unchanged.
func FuzzDecode(f *testing.F) {
	f.Add(text(f, checkpoint(f)))
	f.Add([]byte(`{"metrics":{"sources":[{"name":"a","codes":[{"drm":"?","code":-1,"steps":"9 -1 5 -2 1"}]}],"positions":[{"inode":1}]},"alerts":null}`))
	f.Add([]byte("wvwatch-state 3 \n"))
	f.Add([]byte{})
	cat, err := codes.Load(codes.Config{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := decode(data); err == nil && !bytes.HasPrefix(data, []byte(magic)) {
			t.Fatal("took a foreign file for a checkpoint")
		}
		cp, err := decode(packed(t, string(data)))
		if err != nil {
			cp, err = decode(append(header(1, data), data...))
		}
		if err != nil {
			return
		}
		l := metrics.New(metrics.Default(), cat, []string{"a"})
		l.Restore(cp.Metrics)
		l.Snapshot(t0)
		var first, second bytes.Buffer
		cp.Metrics = l.State()
		h, err := encode(&first, cp)
		if err != nil {
			t.Fatalf("not saved again: %v", err)
		}
		if cp, err = decode(append(h, first.Bytes()...)); err != nil {
			t.Fatalf("not read again: %v", err)
		}
		l.Restore(cp.Metrics)
		l.Snapshot(t0)
		cp.Metrics = l.State()
		if _, err := encode(&second, cp); err != nil || !bytes.Equal(first.Bytes(), second.Bytes()) {
			t.Fatalf("changed by a restart (%v):\n%s%s", err, first.Bytes(), second.Bytes())
		}
	})
}

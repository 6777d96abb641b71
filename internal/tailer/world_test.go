package tailer

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"go.uber.org/goleak"
)

// world is a directory of logs, a tailer that follows them, and a ledger of what
// it handed over. Each line carries a number, so that every single one is checked.
type world struct {
	testing.TB
	dir     string
	sources []Config
	options Options
	ledger  *ledger
	joining bool // the sink keeps back the last record

	tailer *Tailer
	cancel context.CancelFunc
	done   chan struct{}

	mu      sync.Mutex
	written int
	maybe   map[int]bool // lines that may be lost, never doubled
}

// story runs f with a sink that takes whole lines and with one that keeps back
// the last record, as a parser that joins lines does.
func story(t *testing.T, f func(w *world)) {
	t.Parallel()
	for _, joining := range []bool{false, true} {
		t.Run(map[bool]string{false: "lines", true: "records"}[joining], func(t *testing.T) {
			t.Parallel()
			f(newWorld(t, joining))
		})
	}
}

func newWorld(t testing.TB, joining bool) *world {
	w := &world{TB: t, dir: t.TempDir(), joining: joining, ledger: newLedger(), maybe: map[int]bool{}}
	w.sources = []Config{{Name: "test", Files: []string{w.path("app.log")}}}
	w.options = Options{
		Log:          slog.New(slog.NewTextHandler(testWriter{t, w.dir}, &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: brevity})),
		PollInterval: 20 * time.Millisecond, RescanInterval: 60 * time.Millisecond,
		Quiet: 100 * time.Millisecond, IdleInterval: 2 * time.Second,
		Polling: joining, // a story is run both ways
		Silence: 60 * time.Millisecond, Drain: 2 * time.Second,
	}
	t.Cleanup(func() {
		if w.cancel != nil {
			w.stop()
		}
		stories.add(w)
	})
	return w
}

// brevity leaves out what is the same in every line.
func brevity(_ []string, a slog.Attr) slog.Attr {
	switch a.Key {
	case "component", "source", "level":
		return slog.Attr{}
	}
	return a
}

type testWriter struct {
	t   testing.TB
	dir string
}

func (w testWriter) Write(b []byte) (int, error) {
	w.t.Log(string(bytes.TrimSpace(bytes.ReplaceAll(b, []byte(w.dir), nil))))
	return len(b), nil
}

func (w *world) path(name string) string { return filepath.Join(w.dir, name) }

// start runs a tailer from the ledger's positions.
func (w *world) start() {
	w.Helper()
	epoch := w.ledger.begin()
	t, err := New(w.sources, w.ledger.saved(), func(source string) Sink {
		return &sink{ledger: w.ledger, epoch: epoch, source: source, joining: w.joining}
	}, w.options)
	if err != nil {
		w.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	w.tailer, w.cancel, w.done = t, cancel, make(chan struct{})
	go func() {
		defer close(w.done)
		defer w.ledger.end(epoch)
		if err := t.Run(ctx); err != nil {
			w.Error(err)
		}
	}()
}

// stop ends the tailer as a signal does.
func (w *world) stop() {
	w.cancel()
	<-w.done
	w.cancel = nil
}

// kill ends the tailer as kill -9 does: what was committed after the last
// checkpoint is gone, counts and positions.
func (w *world) kill() {
	w.ledger.revert()
	w.stop()
}

func (w *world) restart() { w.stop(); w.start() }

// giveUp is how long a test waits before it fails: far above what a busy machine
// needs, since no test fails for being slow.
const giveUp = time.Minute

// until waits for what must come true soon.
func (w *world) until(what string, ok func() bool) {
	w.Helper()
	for end := time.Now().Add(giveUp); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			w.Fatalf("not within a minute: %s; %+v", what, w.tailer.Stats())
		}
	}
}

// read waits until everything written is counted.
func (w *world) read() {
	w.Helper()
	for end := time.Now().Add(giveUp); ; time.Sleep(10 * time.Millisecond) {
		lost, doubled := w.compare()
		if len(lost) == 0 && len(doubled) == 0 {
			return
		}
		if len(doubled) > 0 || time.Now().After(end) {
			w.Errorf("of %d lines %d lost %v, %d doubled %v; %+v", w.count(), len(lost), brief(lost), len(doubled), brief(doubled), w.tailer.Stats())
			w.FailNow()
		}
	}
}

func (w *world) compare() (lost, doubled []int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.ledger.compare(w.sources, w.written, w.maybe)
}

// check waits until everything is counted, and a while longer for doubles.
func (w *world) check() {
	w.Helper()
	w.read()
	time.Sleep(4 * w.options.PollInterval)
	w.read()
	if n := w.ledger.broken.Load(); n > 0 {
		w.Errorf("%d commits without a parse of their own, or after the end", n)
	}
	for _, s := range w.tailer.Stats() {
		if s.LostBytes > 0 && len(w.maybe) == 0 {
			w.Errorf("%d bytes said to be lost", s.LostBytes)
		}
	}
}

func (w *world) count() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.written
}

func brief(n []int) string {
	if len(n) > 12 {
		return fmt.Sprint(n[:12], "...")
	}
	return fmt.Sprint(n)
}

// next returns the text of n new lines.
func (w *world) next(n int) []byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	var b []byte
	for range n {
		w.written++
		b = fmt.Appendf(b, "#%07d %s\n", w.written, pad[:w.written*7%len(pad)])
	}
	return b
}

const pad = "GET /wvls/contentlicenseservice/v1/licenses HTTP/1.1 200 of a player somewhere with a name and a tenant"

// log is a file being written.
type log struct {
	w *world
	f *os.File
}

// open opens name for appending, as a server does.
func (w *world) open(name string) *log {
	w.Helper()
	f, err := os.OpenFile(w.path(name), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() { _ = f.Close() })
	return &log{w, f}
}

func (l *log) write(n int) *log { return l.raw(l.w.next(n)) }

func (l *log) raw(b []byte) *log {
	l.w.Helper()
	if _, err := l.f.Write(b); err != nil {
		l.w.Fatal(err)
	}
	return l
}

func (l *log) close() { _ = l.f.Close() }

// put writes a new file with n lines and closes it.
func (w *world) put(name string, n int) { l := w.open(name); l.write(n); l.close() }

func (w *world) mkdir(name string) {
	w.Helper()
	if err := os.MkdirAll(w.path(name), 0o755); err != nil {
		w.Fatal(err)
	}
}

func (w *world) rename(from, to string) {
	w.Helper()
	if err := os.Rename(w.path(from), w.path(to)); err != nil {
		w.Fatal(err)
	}
}

func (w *world) remove(name string) {
	w.Helper()
	if err := os.Remove(w.path(name)); err != nil {
		w.Fatal(err)
	}
}

// shift renames name.N to name.N+1 and name to name.1; gz files too.
func (w *world) shift(name string) {
	w.Helper()
	for n := 150; n > 0; n-- { // none is ever rotated out: that would be a real loss
		for _, ext := range []string{"", ".gz", ".zst"} {
			from := fmt.Sprintf("%s.%d%s", name, n, ext)
			if _, err := os.Stat(w.path(from)); err == nil {
				w.rename(from, fmt.Sprintf("%s.%d%s", name, n+1, ext))
			}
		}
	}
	w.rename(name, name+".1")
}

// run runs a command of the system, and skips the test where it is not there.
func (w *world) run(name string, args ...string) {
	w.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		w.Skipf("%s is not installed", name)
	}
	if out, err := exec.Command(path, args...).CombinedOutput(); err != nil {
		w.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
}

func (w *world) copy(from, to string) {
	w.Helper()
	b, err := os.ReadFile(w.path(from))
	if err == nil {
		err = os.WriteFile(w.path(to), b, 0o644)
	}
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) gzip(b []byte) []byte {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write(b); err != nil {
		w.Fatal(err)
	}
	if err := z.Close(); err != nil {
		w.Fatal(err)
	}
	return packed.Bytes()
}

func (w *world) zstd(b []byte) []byte {
	z, err := zstd.NewWriter(nil)
	if err != nil {
		w.Fatal(err)
	}
	defer z.Close()
	return z.EncodeAll(b, nil)
}

// copytruncate does what logrotate's copytruncate does.
func (w *world) copytruncate(name, to string) {
	w.Helper()
	w.copy(name, to)
	if err := os.Truncate(w.path(name), 0); err != nil {
		w.Fatal(err)
	}
}

// sustained writes with f until the returned func is called, or the test ends.
func (w *world) sustained(every time.Duration, f func()) (stop func()) {
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-quit:
				return
			case <-time.After(every):
				f()
			}
		}
	}()
	stop = sync.OnceFunc(func() { close(quit); <-done })
	w.Cleanup(stop) // before a file that f writes to is closed
	return stop
}

func random(n int) int { return rand.IntN(n) }

func clone[K comparable, V any](m map[K]V) map[K]V { return maps.Clone(m) }

var stories table

func TestMain(m *testing.M) {
	flag.Parse()
	_ = flag.Set("test.parallel", "12") // stories wait more than they work
	goleak.VerifyTestMain(m, goleak.Cleanup(func(status int) {
		if *showStories {
			stories.print(os.Stdout)
		}
		os.Exit(status)
	}))
}

var _ io.Writer = testWriter{}

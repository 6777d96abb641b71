package tailer

import (
	"bytes"
	"context"
	"fmt"
	"io"
	stdlog "log"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/nxadm/tail"
)

// corpus writes n lines of about 310 bytes.
func corpus(b *testing.B, n int) string {
	path := filepath.Join(b.TempDir(), "app.log")
	var text []byte
	for i := range n {
		text = fmt.Appendf(text, `{"ts":"2026-11-23T10:15:%02d.%03dZ","n":%d,"path":"/wvls/contentlicenseservice/v1/licenses","text":"%0*d"}`+"\n", i/1000%60, i%1000, i, 200, i)
	}
	if err := os.WriteFile(path, text, 0o644); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(text)))
	return path
}

// lineCounter is the cheapest sink: it takes whole lines and counts them.
type lineCounter struct {
	lines, parsed int
	done          chan struct{}
	until         int
}

func (s *lineCounter) Parse(b Batch) int {
	s.parsed = bytes.Count(b.Lines, []byte{'\n'})
	return len(b.Lines)
}

func (s *lineCounter) Commit(Position) {
	s.lines += s.parsed
	s.parsed = 0
	if s.done != nil && s.lines == s.until {
		close(s.done)
		s.until = -1
	}
}

func (s *lineCounter) Forget(ID) {}

// cpu returns the processor time this process has used.
func cpu() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkReader reads a backlog; BenchmarkLibraryTail does the same with
// nxadm/tail's Lines channel.
func BenchmarkReader(b *testing.B) {
	const lines = 400_000
	path := corpus(b, lines)
	b.ReportAllocs()
	used := cpu()
	for b.Loop() {
		s := &lineCounter{until: lines, done: make(chan struct{})}
		t, err := New([]Config{{Name: "bench", Files: []string{path}}}, nil, func(string) Sink { return s }, Options{Readers: 1, PollInterval: time.Millisecond, Watches: -1})
		if err != nil {
			b.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan struct{})
		go func() { defer close(ended); _ = t.Run(ctx) }()
		<-s.done
		cancel()
		<-ended
	}
	perLine(b, lines, cpu()-used)
}

func BenchmarkLibraryTail(b *testing.B) {
	const lines = 50_000
	path := corpus(b, lines)
	b.ReportAllocs()
	used := cpu()
	for b.Loop() {
		t, err := tail.TailFile(path, tail.Config{Poll: true, MustExist: true, Logger: stdlog.New(io.Discard, "", 0)})
		if err != nil {
			b.Fatal(err)
		}
		for n := 0; n < lines; n++ {
			<-t.Lines
		}
		_ = t.Stop()
	}
	perLine(b, lines, cpu()-used)
}

func perLine(b *testing.B, lines int, used time.Duration) {
	n := float64(lines) * float64(b.N)
	b.ReportMetric(n/b.Elapsed().Seconds()/1e6, "Mlines/s")
	b.ReportMetric(used.Seconds()/n*1e6, "cpu-s/Mlines")
}

// BenchmarkIdle reports what following quiet files costs.
func BenchmarkIdle(b *testing.B) {
	for _, files := range []int{10, 1000} {
		b.Run(fmt.Sprint(files), func(b *testing.B) {
			dir := b.TempDir()
			for i := range files {
				if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("app%d.log", i)), []byte("one line\n"), 0o644); err != nil {
					b.Fatal(err)
				}
			}
			t, err := New([]Config{{Name: "bench", Files: []string{dir + "/*.log"}}}, nil, func(string) Sink { return &lineCounter{} }, Options{})
			if err != nil {
				b.Fatal(err)
			}
			ctx, cancel := context.WithCancel(context.Background())
			ended := make(chan struct{})
			go func() { defer close(ended); _ = t.Run(ctx) }()
			<-t.CaughtUp()
			time.Sleep(11 * time.Second) // until they are quiet
			used, began := cpu(), time.Now()
			for b.Loop() {
				time.Sleep(5 * time.Second)
			}
			b.ReportMetric(100*(cpu()-used).Seconds()/time.Since(began).Seconds(), "%core")
			cancel()
			<-ended
		})
	}
}

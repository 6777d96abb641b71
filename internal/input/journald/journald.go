// Package journald reads the journal of systemd with journalctl. The cursor of the
// last record that is counted is in the position, which is committed with the counts:
// the journal is the only buffer, and each record counts once.
package journald

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cespare/xxhash/v2"

	"wvwatch/internal/fault"
	"wvwatch/internal/tailer"
)

// InputName is what the positions of journals have as their Input.
const InputName = "journald"

// Config selects the records that are read.
type Config struct {
	Units       []string `mapstructure:"units" yaml:"units"`             // as for journalctl --unit: names or patterns
	Identifiers []string `mapstructure:"identifiers" yaml:"identifiers"` // as for journalctl --identifier
	Directory   string   `mapstructure:"directory" yaml:"directory"`     // of the journal; empty: the host's own
}

// Validate reports every fault of c, each with its key and a cure.
func (c Config) Validate() error {
	var fs fault.List
	if len(c.Units)+len(c.Identifiers) == 0 {
		fs.AddFix("units", "name the units to read, such as [licence-proxy.service], or identifiers", "empty")
	}
	for i, u := range c.Units {
		if strings.TrimSpace(u) == "" {
			fs.AddFix(fmt.Sprintf("units[%d]", i), "name a unit, or remove it", "empty")
		}
	}
	return fs.Err()
}

// args are those of journalctl that select records.
func (c Config) args() []string {
	args := []string{"--output=json", "--all", "--no-pager", "--quiet", "--output-fields=MESSAGE,_PID,SYSLOG_IDENTIFIER,_SOURCE_REALTIME_TIMESTAMP"}
	for _, u := range c.Units {
		args = append(args, "--unit="+u)
	}
	for _, i := range c.Identifiers {
		args = append(args, "--identifier="+i)
	}
	if c.Directory != "" {
		args = append(args, "--directory="+c.Directory)
	}
	return args
}

// PositionID returns the ID of the position of the source's journal.
func PositionID(source string) tailer.ID {
	return tailer.ID(xxhash.Sum64String("journald\x00"+source) | 1)
}

// CursorIn returns the cursor of the last record of the source that is counted.
func CursorIn(all []tailer.Position, source string) string {
	for _, p := range all {
		if p.ID == PositionID(source) {
			return p.Cursor
		}
	}
	return ""
}

const (
	blockSize = 256 << 10
	maxLine   = 2 << 20                // a longer record is skipped and counted
	silence   = 250 * time.Millisecond // after which the last record has ended
	pause     = time.Second            // before journalctl is started again
	patience  = 10 * time.Second       // after which CaughtUp does not wait for a journal that can not be read
)

// Reader reads and follows a journal.
type Reader struct {
	cfg    Config
	source string
	end    bool // begin at the end of the journal where there is no cursor
	cursor string
	gone   bool // the record of the cursor is not in the journal
	sink   tailer.Sink
	log    *slog.Logger

	text     []byte
	skipping bool
	caughtUp chan struct{}
	done     sync.Once

	lastRead, errors, lost, overlong atomic.Int64
}

// NewReader returns a reader that goes on after the cursor; without one it begins at
// the begin or the end of the journal. counts are the source's counters of an earlier run.
func NewReader(cfg Config, source, cursor string, end bool, counts tailer.Counts, sink tailer.Sink, log *slog.Logger) *Reader {
	r := &Reader{cfg: cfg, source: source, cursor: cursor, end: end, sink: sink, caughtUp: make(chan struct{})}
	r.log = log.With("component", "journald", "source", source)
	r.errors.Store(counts.OpenErrors)
	r.lost.Store(counts.LostFiles)
	r.overlong.Store(counts.OverlongLines)
	return r
}

// CaughtUp is closed when everything that was in the journal when Run began is counted,
// or the journal can not be read for ten seconds.
func (r *Reader) CaughtUp() <-chan struct{} { return r.caughtUp }

// Stats may be called at any time.
func (r *Reader) Stats() tailer.SourceStats {
	st := tailer.SourceStats{LastReadNanos: r.lastRead.Load()}
	st.OpenErrors, st.LostFiles, st.OverlongLines = r.errors.Load(), r.lost.Load(), r.overlong.Load()
	select {
	case <-r.caughtUp:
	default:
		st.CatchingUp = true
	}
	return st
}

// Run reads until ctx is done: first what the journal holds, then what is added.
// A journalctl that fails is started again.
func (r *Reader) Run(ctx context.Context) error {
	began := time.Now()
	r.checkCursor(ctx)
	if r.end && r.cursor == "" {
		r.cursor = r.recordAt(ctx, "--lines=1")
	}
	for ctx.Err() == nil {
		var more []string
		select {
		case <-r.caughtUp:
			more = []string{"--follow", "--lines=all"}
		default:
		}
		err := r.read(ctx, more)
		if err == nil && more == nil && ctx.Err() == nil {
			r.done.Do(func() { close(r.caughtUp) })
			continue
		}
		r.failed(ctx, err)
		if time.Since(began) > patience { // the other sources are not to wait for it
			r.done.Do(func() { close(r.caughtUp) })
		}
	}
	return nil
}

// failed notes that journalctl ended, and waits until it is started again.
func (r *Reader) failed(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return
	}
	if err == nil {
		err = errors.New("journalctl ended")
	}
	r.errors.Add(1)
	r.log.Warn("journal can not be read: tried again in a second", "err", err)
	wait := time.NewTimer(pause)
	defer wait.Stop()
	select {
	case <-ctx.Done():
	case <-wait.C:
	}
}

// checkCursor reports as lost what was removed from the journal before it was read:
// then the record of the cursor is gone, too.
func (r *Reader) checkCursor(ctx context.Context) {
	if r.cursor == "" {
		return
	}
	if r.recordAt(ctx, "--lines=1", "--cursor="+r.cursor) == r.cursor || ctx.Err() != nil {
		return
	}
	r.gone = true
	r.lost.Add(1)
	r.log.Warn("the record that was counted last is not in the journal any more: what was removed after it, unread, is lost")
}

// recordAt returns the cursor of the record that journalctl prints; empty for none.
func (r *Reader) recordAt(ctx context.Context, args ...string) string {
	args = append(args, "--output=json", "--no-pager", "--quiet", "--output-fields=_PID")
	if r.cfg.Directory != "" {
		args = append(args, "--directory="+r.cfg.Directory)
	}
	out, err := exec.CommandContext(ctx, "journalctl", args...).Output()
	if err != nil {
		return ""
	}
	return cursorOf(out)
}

// read runs journalctl from the cursor on, and reads what it prints.
func (r *Reader) read(ctx context.Context, more []string) error {
	args := append(r.cfg.args(), more...)
	switch {
	case r.gone: // journalctl would pass over the first record after it
		args = append(args, "--cursor="+r.cursor)
	case r.cursor != "":
		args = append(args, "--after-cursor="+r.cursor)
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	cmd := exec.CommandContext(ctx, "journalctl", args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start journalctl: %w", err)
	}
	r.text, r.skipping = r.text[:0], false
	r.follow(out)
	if err := cmd.Wait(); err != nil && ctx.Err() == nil {
		return fmt.Errorf("journalctl: %w: %s", err, bytes.TrimSpace(stderr.Bytes()))
	}
	return nil
}

// follow reads blocks until the end of out, and parses them.
func (r *Reader) follow(out io.Reader) {
	blocks, taken := make(chan []byte), make(chan struct{})
	go func() {
		defer close(blocks)
		buf := make([]byte, blockSize)
		for {
			n, err := out.Read(buf)
			if n > 0 {
				blocks <- buf[:n]
				<-taken
			}
			if err != nil {
				return
			}
		}
	}()
	quiet := time.NewTimer(silence)
	defer quiet.Stop()
	for {
		quiet.Reset(silence)
		select {
		case b, ok := <-blocks:
			if !ok {
				r.parse(true)
				return
			}
			r.text = append(r.text, b...)
			taken <- struct{}{}
			r.skip()
			r.parse(false)
		case <-quiet.C:
			r.parse(true)
		}
	}
}

// skip drops a record that is too long.
func (r *Reader) skip() {
	start := bytes.LastIndexByte(r.text, '\n') + 1
	switch {
	case r.skipping && bytes.IndexByte(r.text, '\n') < 0:
		r.text = r.text[:0]
	case r.skipping:
		r.text = r.text[:copy(r.text, r.text[bytes.IndexByte(r.text, '\n')+1:])]
		r.skipping = false
	case len(r.text)-start > maxLine:
		r.overlong.Add(1)
		r.text, r.skipping = r.text[:start], true
	}
}

// parse gives the whole records to the sink and commits what it takes.
func (r *Reader) parse(settled bool) {
	for {
		lines := r.text[:bytes.LastIndexByte(r.text, '\n')+1]
		if len(lines) == 0 {
			return
		}
		old := 0
		if settled {
			old = len(lines)
		}
		caught := true
		select {
		case <-r.caughtUp:
		default:
			caught = false
		}
		n := r.sink.Parse(tailer.Batch{Source: r.source, Name: InputName, Lines: lines, Settled: old, CatchingUp: !caught})
		n = max(0, min(n, len(lines)))
		if n == 0 {
			if !settled && len(lines) < maxLine {
				return
			}
			n = len(lines) // the sink breaks its promise; standing still would be worse
		}
		if cursor := cursorOf(r.text[:n]); cursor != "" {
			r.cursor, r.gone = cursor, false
		}
		r.text = r.text[:copy(r.text, r.text[n:])]
		r.sink.Commit(tailer.Position{ID: PositionID(r.source), Source: r.source, Name: InputName, Input: InputName, Cursor: r.cursor})
		r.lastRead.Store(time.Now().UnixNano())
	}
}

// cursorOf returns the cursor of the last record in lines.
func cursorOf(lines []byte) string {
	const key = `"__CURSOR"` // in a message its quotes have a backslash before them
	i := bytes.LastIndex(lines, []byte(key))
	if i < 0 {
		return ""
	}
	value, ok := bytes.CutPrefix(bytes.TrimLeft(lines[i+len(key):], " :"), []byte{'"'})
	end := bytes.IndexByte(value, '"')
	if !ok || end < 0 {
		return ""
	}
	return string(value[:end])
}

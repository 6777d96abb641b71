package tailer

import (
	"context"
	"slices"
	"time"
)

// pollTime is how long a poll of all paths may take. One that hangs for longer in a system
// call is abandoned with the log path it holds, and another goes on.
const pollTime = time.Second

// pollEvery looks at every path, again and again, until ctx is done or another
// goroutine has taken over from this one, which has number id. It is one goroutine,
// that sleeps: every hand-over between goroutines of an idle process has its price.
func (t *Tailer) pollEvery(ctx context.Context, id int64) {
	successor := time.AfterFunc(pollTime, func() {
		if ctx.Err() == nil && t.poller.CompareAndSwap(id, id+1) {
			t.work.Go(func() { t.pollEvery(ctx, id+1) })
		}
	})
	defer successor.Stop()
	current := func() bool { return t.poller.Load() == id }
	interval, rescan := t.o.PollInterval, time.Now()
	wait := time.NewTimer(interval)
	defer wait.Stop()
	for n := 1; ; n++ {
		successor.Stop()
		if !current() {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-wait.C:
		case <-t.found:
		}
		now := time.Now()
		wait.Reset(interval)
		successor.Reset(pollTime)
		t.pollPaths(ctx, n%2 == 0 || interval > t.o.PollInterval, current)
		if !current() {
			return
		}
		if now.Sub(rescan) >= t.o.RescanInterval {
			rescan = now
			t.forget()
			t.warnHanging()
			for _, s := range t.sources {
				t.work.Go(func() { s.scan(ctx) })
			}
		}
		if t.waiting.Load() > 0 && now.Sub(t.began) >= patience {
			t.writeOff()
		}
		interval = t.interval(now)
	}
}

// forget drops the texts that no file has held for weeks.
func (t *Tailer) forget() {
	old := t.memory.forget(t.now())
	if len(old) == 0 || !t.gate.enter() {
		return
	}
	defer t.gate.leave()
	sink := t.newSink(old[0].Source) // of any source: a position is known by its ID alone
	for _, p := range old {
		if i := slices.IndexFunc(t.sources, func(s *source) bool { return s.cfg.Name == p.Source }); i >= 0 && !p.Finished && !p.Rotated {
			t.sources[i].count.lostFiles.Add(1)
			t.warnings.say("missing "+p.Name, "a file has not been seen for weeks: what it held unread is lost", "component", "tailer", "source", p.Source, "file", p.Name, "offset", p.Offset)
		}
		sink.Forget(p.ID)
	}
}

// pollPaths looks at every path, or at those that are not quiet, and starts the
// log paths that have something to do. current turns false when another goroutine has
// taken over, because this one hangs.
func (t *Tailer) pollPaths(ctx context.Context, quietToo bool, current func() bool) {
	hanging := t.hanging()
	t.changes.take()
	elapsed := t.elapsed()
	for _, s := range t.sources {
		for _, l := range s.list() {
			switch {
			case l.sleeps(elapsed):
			case !current() || ctx.Err() != nil:
				return
			case hanging[l.dir] || !l.mu.TryLock():
				// It runs, or its file system does not answer.
			case len(hanging) >= maxHanging && !l.trusted(t):
				l.mu.Unlock()
			case len(hanging) > 0 && !l.trusted(t):
				t.work.Go(func() { t.lookAt(ctx, l, quietToo, func() bool { return true }) })
			default:
				t.lookAt(ctx, l, quietToo, current)
			}
		}
	}
}

// lookAt looks at l and runs it if it has something to do. The caller holds the
// lock of l.
func (t *Tailer) lookAt(ctx context.Context, l *logPath, quietToo bool, current func() bool) {
	l.alive(t)
	quietToo = l.awake.Swap(false) || quietToo
	changed := l.changed(t.now(), quietToo)
	if !changed && quietToo {
		l.doze(t.now())
	}
	l.idle(t)
	if changed && current() {
		t.start(ctx, l)
	} else {
		l.mu.Unlock()
	}
}

// writeOff ends CaughtUp's wait for what has not answered yet.
func (t *Tailer) writeOff() {
	for _, s := range t.sources {
		if s.counted.CompareAndSwap(false, true) {
			t.caught(1)
		}
		for _, l := range s.list() {
			if !l.answered.Load() || l.stuck(t, patience) {
				l.writeOff()
			}
		}
	}
}

package notify

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"time"

	"github.com/cenkalti/backoff/v5"

	"wvwatch/internal/alert"
)

const (
	capacity  = 1000 // alerts in one queue
	batchSize = 64   // alerts in one message

	// Grace is how long Run goes on sending what is queued once its context ends.
	Grace = 2 * time.Second

	firstPause   = 500 * time.Millisecond
	longestPause = 15 * time.Second // also the delay after an outage, so it is short
)

// sender gives alerts to one receiver. An error that is errRejected means
// never to try these again. A new kind of receiver is a file with a sender.
type sender interface {
	send(ctx context.Context, alerts []alert.Alert) error
	close()
}

// target is one receiver with its queue.
type target struct {
	sender
	resend    time.Duration          // after which an alert is sent to it again
	queued    map[string]queuedAlert // by identity: what was last put into the queue; guarded by the notifier
	queue     *queue
	counts    *counts
	log       *slog.Logger
	delivered func() // see Options; nil for none
	held      func() bool
	failed    limiter // of warnings
}

// offer queues an alert, unless nothing has changed since it was queued last,
// and returns how many others were dropped for it. What is only sent again
// drops no other: it waits until there is room.
func (t *target) offer(key string, a alert.Alert, now time.Time) (dropped int) {
	last := t.queued[key]
	if last.starts.Equal(a.StartsAt) && last.resolved.Equal(a.ResolvedAt) && last.verdict == a.Verdict && (now.Sub(last.at) < t.resend || !t.queue.takes(key)) {
		last.seen = now
		t.queued[key] = last
		return 0
	}
	t.queued[key] = queuedAlert{a.StartsAt, a.ResolvedAt, a.Verdict, now, now}
	dropped = t.queue.push(key, a)
	t.counts.dropped(dropped)
	return dropped
}

// forget drops what has not been offered for long.
func (t *target) forget(now time.Time) {
	maps.DeleteFunc(t.queued, func(_ string, q queuedAlert) bool { return now.Sub(q.seen) > 4*t.resend })
}

// errHeld is an attempt that was not made.
var errHeld = errors.New("alerts are held back")

// run sends what is queued until ctx ends, and then for up to Grace what is
// still left.
func (t *target) run(ctx context.Context) {
	defer t.close()
	requests, cancel := lingering(ctx, Grace)
	defer cancel()
	for {
		select {
		case <-t.queue.wake:
		case <-ctx.Done():
			for t.queue.len() > 0 {
				if t.attempt(requests) != nil {
					return
				}
			}
			return
		}
		for t.queue.len() > 0 && ctx.Err() == nil {
			t.retry(ctx, requests)
		}
	}
}

// retry attempts until one succeeds or ctx ends. Each attempt takes the queue
// as it is then: what was replaced meanwhile is not sent.
func (t *target) retry(ctx, requests context.Context) {
	pauses := backoff.NewExponentialBackOff()
	pauses.InitialInterval, pauses.MaxInterval = firstPause, longestPause
	_, _ = backoff.Retry(ctx, func() (struct{}, error) { return struct{}{}, t.attempt(requests) },
		backoff.WithBackOff(pauses), backoff.WithMaxElapsedTime(0))
}

// attempt sends one message; what it logs, it logs at most once a minute.
func (t *target) attempt(ctx context.Context) error {
	batch := t.queue.head(batchSize)
	if len(batch) == 0 {
		return nil
	}
	if t.held != nil && t.held() {
		return errHeld
	}
	alerts := make([]alert.Alert, len(batch))
	for i, e := range batch {
		alerts[i] = e.Alert
	}
	switch err := t.send(ctx, alerts); {
	case err == nil:
		t.queue.remove(batch)
		t.counts.sent(len(batch))
		if t.delivered != nil {
			t.delivered()
		}
		if t.failed.reset() {
			t.log.Info("alerts are delivered again", "reason", t.counts.name)
		}
		return nil
	case errors.Is(err, errRejected):
		t.queue.remove(batch)
		t.counts.rejected(len(batch))
		if t.failed.allow(time.Now()) {
			t.log.Error("alerts given up", "err", err)
		}
		return nil
	default:
		t.counts.failed(len(batch))
		if t.failed.allow(time.Now()) {
			t.log.Warn("alerts not delivered, will try again", "err", err)
		}
		return err
	}
}

// lingering returns a context that ends a while after ctx does.
func lingering(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	late, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(d, cancel) })
	return late, func() { stop(); cancel() }
}

// limiter lets a repeated message through once a minute. It serves one
// goroutine.
type limiter struct{ last time.Time }

func (l *limiter) allow(now time.Time) bool {
	if !l.last.IsZero() && now.Sub(l.last) < time.Minute {
		return false
	}
	l.last = now
	return true
}

// reset reports whether anything was let through since the last reset.
func (l *limiter) reset() bool {
	was := !l.last.IsZero()
	l.last = time.Time{}
	return was
}

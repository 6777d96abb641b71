package tailer

import (
	"log/slog"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// warnings logs each repeated warning at most once a minute.
type warnings struct {
	log    *slog.Logger
	mu     sync.Mutex
	limits map[string]*rate.Sometimes
}

// say logs msg unless one with the same key was logged within the last minute.
func (w *warnings) say(key, msg string, args ...any) {
	w.mu.Lock()
	limit := w.limits[key]
	if limit == nil {
		if w.limits == nil || len(w.limits) >= 4096 {
			w.limits = map[string]*rate.Sometimes{}
		}
		limit = &rate.Sometimes{Interval: time.Minute}
		w.limits[key] = limit
	}
	w.mu.Unlock()
	limit.Do(func() { w.log.Warn(msg, args...) })
}

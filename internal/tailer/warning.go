package tailer

import (
	"log/slog"
	"sync"
	"time"
)

// warnings logs each repeated warning at most once a minute.
type warnings struct {
	log  *slog.Logger
	mu   sync.Mutex
	last map[string]time.Time
}

// say logs msg unless one with the same key was logged within the last minute.
func (w *warnings) say(key, msg string, args ...any) {
	now := time.Now()
	w.mu.Lock()
	last, known := w.last[key]
	if known && now.Sub(last) < time.Minute {
		w.mu.Unlock()
		return
	}
	if w.last == nil || len(w.last) >= 4096 {
		w.last = map[string]time.Time{}
	}
	w.last[key] = now
	w.mu.Unlock()
	w.log.Warn(msg, args...)
}

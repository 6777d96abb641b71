package kafka

import (
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// pulse is when the coordinator of the group last answered this member. It hooks into
// the client's connections.
//
// What counts is when the request was sent: a process that was stopped may find an
// answer that is half a minute old. And an answer confirms the request before the one
// that it is for: one that reports the member as gone must not pass for a sign of
// life in the moment before the client acts on it.
type pulse struct {
	mu                     sync.Mutex
	sent, heard, confirmed time.Time
}

// isSignOfLife reports whether a request of that key is one of a member to its group.
func isSignOfLife(key int16) bool {
	switch kmsg.Key(key) {
	case kmsg.JoinGroup, kmsg.SyncGroup, kmsg.Heartbeat:
		return true
	}
	return false
}

// OnBrokerWrite implements kgo.HookBrokerWrite.
func (p *pulse) OnBrokerWrite(_ kgo.BrokerMetadata, key int16, _ int, wait, took time.Duration, err error) {
	if err != nil || !isSignOfLife(key) {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sent = time.Now().Add(-wait - took)
}

// OnBrokerRead implements kgo.HookBrokerRead.
func (p *pulse) OnBrokerRead(_ kgo.BrokerMetadata, key int16, _ int, _, _ time.Duration, err error) {
	if err != nil || !isSignOfLife(key) {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.confirmed, p.heard = p.heard, p.sent
}

// age returns how long ago the member was certainly part of the group, by the clock
// that runs longer: one of the two stops while a machine is suspended.
func (p *pulse) age(now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return max(now.Sub(p.confirmed), now.Round(0).Sub(p.confirmed.Round(0)))
}

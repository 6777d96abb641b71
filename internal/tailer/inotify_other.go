//go:build !linux

package tailer

import "sync/atomic"

// changes reports nothing here: every file is looked at as often as one that is
// written to.
type changes struct{ names atomic.Uint64 }

type directory struct {
	ended  atomic.Bool
	others atomic.Uint64
}

func (*changes) add(*logPath) *directory { return nil }

func (*changes) addSiblings(*logPath) *directory { return nil }

func (*changes) drop(*logPath) {}

func (*changes) off() {}

func (*changes) watchNames(string) bool { return false }

func (*changes) watchAll([]string) {}

func (*changes) watchesAll([]string) bool { return false }

func (*changes) take() {}

func (*changes) close() {}

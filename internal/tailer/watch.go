package tailer

// watch is the watch of a generation.
type watch struct {
	g    *generation
	stop func()
}

// watchLive starts or ends the watch of the live generation, while that is written to.
// Where its directory is watched there is none: it would wake the process four times a
// second more. mu is held.
func (l *logPath) watchLive() {
	now := l.source.t.now()
	if w := l.watch; w != nil {
		if !l.reported && w.g == l.live && w.g.file != nil && !w.g.quiet(now, busy) {
			l.at(w.g.grew.Add(busy))
			return
		}
		w.stop()
		l.watch = nil
	}
	if g := l.live; !l.reported && g != nil && g.grown && !g.packed && g.file != nil && !g.quiet(now, busy) {
		t := l.source.t
		stop := t.watcher.Watch(g.file.OS(), g.disk, func() { t.wake(l) })
		if stop != nil {
			l.watch = &watch{g, stop}
		}
	}
}

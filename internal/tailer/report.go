package tailer

import "fmt"

// report records what happens to the files of one path: in the log, and in the
// counters of its source.
type report struct {
	source *source
	path   string
}

// lose counts bytes that are gone unread.
func (r *report) lose(n int64, path, how string) {
	if n <= 0 {
		return
	}
	r.source.count.lostBytes.Add(n)
	r.warn("lost", "bytes lost unread", "file", path, "reason", how, "bytes", n)
}

func (r *report) warn(kind, msg string, args ...any) {
	r.source.t.warnings.say(kind+" "+r.source.cfg.Name+" "+r.path, msg,
		append([]any{"component", "tailer", "source", r.source.cfg.Name}, args...)...)
}

// trace logs, at debug level, what became of a file.
func (r *report) trace(g *generation, how string) {
	r.source.t.o.Log.Debug("generation", "component", "tailer", "source", r.source.cfg.Name,
		"file", g.path, "reason", fmt.Sprintf("%s, inode %d of %s", how, g.inode.Ino, r.path), "offset", g.print.Offset)
}

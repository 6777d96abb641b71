package tailer

import "time"

// doubt is a wait for what is not known yet: whether a new file is a copy in
// the making, what a file holds that can not be read.
type doubt struct {
	doubtful time.Time // since when; zero for not at all
}

// undecided starts the wait or goes on with it, and reports whether it is still
// worth it: it lasts no longer than most.
func (d *doubt) undecided(now time.Time, most time.Duration) bool {
	if d.doubtful.IsZero() {
		d.doubtful = now
	}
	return now.Sub(d.doubtful) < most
}

// decided ends the wait; it returns true.
func (d *doubt) decided() bool {
	d.doubtful = time.Time{}
	return true
}

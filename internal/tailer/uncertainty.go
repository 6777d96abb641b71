package tailer

import "time"

// uncertainty is a wait for what is not known yet: whether a new file is a copy in
// the making, what a file holds that can not be read.
type uncertainty struct {
	uncertainSince time.Time // since when; zero for not at all
}

// undecided starts the wait or goes on with it, and reports whether it is still
// worth it: it lasts no longer than most.
func (d *uncertainty) undecided(now time.Time, most time.Duration) bool {
	if d.uncertainSince.IsZero() {
		d.uncertainSince = now
	}
	return now.Sub(d.uncertainSince) < most
}

// decided ends the wait; it returns true.
func (d *uncertainty) decided() bool {
	d.uncertainSince = time.Time{}
	return true
}

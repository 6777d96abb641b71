package metrics

// exposure is from which publication on a series is exported with its count.
//
// A counter that first appears with its count is invisible to increase().
// Therefore a series that is born while the daemon runs is exported as 0 first,
// and with its count once a publication that had it as 0 was shown.
//
// An exposure is the ledger's revision at the birth of the series. It is 0 for a
// series that is exported with its count at once: one of the catalogue, or one
// that an earlier run exported with its count.
type exposure uint64

// visible reports whether the count is exported, and not 0. horizon is the
// revision of the newest publication that was shown before.
func (s exposure) visible(horizon uint64) bool { return uint64(s) <= horizon }

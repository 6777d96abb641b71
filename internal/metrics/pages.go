package metrics

// pageSeries is how many series are copied where one changes that a snapshot has.
const pageSeries = 32

// page holds some series of a source.
type page struct {
	series [pageSeries]codeSeries
	shared bool // a snapshot has it: it is not changed any more; used by the ledger alone
}

// pages are the series of a source, in the order in which they were added. A snapshot
// shares them: a page that changes after that is copied first, so that a snapshot of a
// hundred thousand series costs as much as what has changed in it.
type pages struct {
	list []*page
	n    int // series
}

// at returns series i, which must not be changed.
func (p *pages) at(i int) *codeSeries { return &p.list[i/pageSeries].series[i%pageSeries] }

// own returns series i for a change. The pointer holds until the next share.
func (p *pages) own(i int) *codeSeries {
	at := &p.list[i/pageSeries]
	if (*at).shared {
		mine := **at
		mine.shared = false
		*at = &mine
	}
	return &(*at).series[i%pageSeries]
}

// add adds a series and returns it, as own does.
func (p *pages) add(c codeSeries) *codeSeries {
	if p.n%pageSeries == 0 {
		p.list = append(p.list, new(page))
	}
	p.n++
	mine := p.own(p.n - 1)
	*mine = c
	return mine
}

// share returns what a snapshot has.
func (p *pages) share() pages {
	for _, one := range p.list {
		if one.shared {
			continue
		}
		for i := range one.series {
			one.series[i].history.shared = true
		}
		one.shared = true
	}
	return pages{append([]*page(nil), p.list...), p.n}
}

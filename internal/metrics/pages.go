package metrics

// pageCells is how many cells are copied where one changes that a view has.
const pageCells = 32

// page holds some cells of a source.
type page struct {
	cells  [pageCells]cell
	shared bool // a view has it: it is not changed any more; used by the ledger alone
}

// pages are the cells of a source, in the order in which they were added. A view
// shares them: a page that changes after that is copied first, so that a snapshot of a
// hundred thousand cells costs as much as what has changed in it.
type pages struct {
	list []*page
	n    int // cells
}

// at returns the cell i, which must not be changed.
func (p *pages) at(i int) *cell { return &p.list[i/pageCells].cells[i%pageCells] }

// own returns the cell i for a change. The pointer holds until the next share.
func (p *pages) own(i int) *cell {
	at := &p.list[i/pageCells]
	if (*at).shared {
		mine := **at
		mine.shared = false
		*at = &mine
	}
	return &(*at).cells[i%pageCells]
}

// add adds a cell and returns it, as own does.
func (p *pages) add(c cell) *cell {
	if p.n%pageCells == 0 {
		p.list = append(p.list, new(page))
	}
	p.n++
	mine := p.own(p.n - 1)
	*mine = c
	return mine
}

// share returns what a view has.
func (p *pages) share() pages {
	for _, one := range p.list {
		if one.shared {
			continue
		}
		for i := range one.cells {
			one.cells[i].history.shared = true
		}
		one.shared = true
	}
	return pages{append([]*page(nil), p.list...), p.n}
}

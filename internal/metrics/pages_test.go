package metrics

import "testing"

// What a snapshot has does not change, and a change copies the page of its series alone.
func TestPagesAreCopiedOnChange(t *testing.T) {
	const n = 3*pageSeries + 5
	var p pages
	for i := range n {
		p.add(codeSeries{occurrences: uint64(i)})
	}
	first := p.share()
	p.add(codeSeries{occurrences: n})
	p.own(pageSeries).occurrences = 1000
	p.own(pageSeries+1).history.add(1, 1, counts{occurrences: 1})
	second := p.share()
	p.own(0).occurrences = 2000

	for i := range n {
		if got := first.at(i).occurrences; got != uint64(i) {
			t.Errorf("cell %d of the first view is %d", i, got)
		}
	}
	if first.n != n || second.n != n+1 || p.n != n+1 {
		t.Errorf("%d, %d and %d cells", first.n, second.n, p.n)
	}
	if len(first.at(pageSeries+1).history.steps) != 0 || len(second.at(pageSeries+1).history.steps) != 1 {
		t.Error("a history changed in a view, or not in the next")
	}
	for i, want := range []bool{true, false, true, false} { // the second was changed, the last got a series
		if got := first.list[i] == second.list[i]; got != want {
			t.Errorf("page %d is shared by the views: %v, want %v", i, got, want)
		}
	}
	if second.at(0).occurrences != 0 || p.at(0).occurrences != 2000 || second.at(pageSeries).occurrences != 1000 || second.at(n).occurrences != n {
		t.Error("the second view has other counts than at its time")
	}
}

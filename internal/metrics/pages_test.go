package metrics

import "testing"

// What a view has does not change, and a change copies the page of its cell alone.
func TestPagesAreCopiedOnChange(t *testing.T) {
	const n = 3*pageCells + 5
	var p pages
	for i := range n {
		p.add(cell{occurrences: uint64(i)})
	}
	first := p.share()
	p.add(cell{occurrences: n})
	p.own(pageCells).occurrences = 1000
	p.own(pageCells+1).history.add(1, 1, counts{occurrences: 1})
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
	if len(first.at(pageCells+1).history.steps) != 0 || len(second.at(pageCells+1).history.steps) != 1 {
		t.Error("a history changed in a view, or not in the next")
	}
	for i, want := range []bool{true, false, true, false} { // the second was changed, the last got a cell
		if got := first.list[i] == second.list[i]; got != want {
			t.Errorf("page %d is shared by the views: %v, want %v", i, got, want)
		}
	}
	if second.at(0).occurrences != 0 || p.at(0).occurrences != 2000 || second.at(pageCells).occurrences != 1000 || second.at(n).occurrences != n {
		t.Error("the second view has other counts than at its time")
	}
}

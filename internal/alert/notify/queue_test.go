package notify

import (
	"slices"
	"testing"
	"time"
)

func keys(es []entry) []string {
	var ks []string
	for _, e := range es {
		ks = append(ks, e.key)
	}
	return ks
}

func TestQueue(t *testing.T) {
	now := time.Unix(0, 0)
	q := newQueue(3)
	for _, k := range []string{"a", "b", "c"} {
		if n := q.push(k, firing(k, now)); n != 0 {
			t.Errorf("%s: dropped %d", k, n)
		}
	}
	// The oldest goes.
	if n := q.push("d", firing("d", now)); n != 1 || !slices.Equal(keys(q.head(9)), []string{"b", "c", "d"}) {
		t.Errorf("dropped %d, left %q", n, keys(q.head(9)))
	}
	// A newer word takes the older one's place, and drops nothing.
	sending := q.head(2)
	if n := q.push("b", resolved("b", now, now)); n != 0 || !slices.Equal(keys(q.head(9)), []string{"b", "c", "d"}) {
		t.Errorf("dropped %d, left %q", n, keys(q.head(9)))
	}
	// What was replaced while it was sent stays.
	q.remove(sending)
	if left := q.head(9); !slices.Equal(keys(left), []string{"b", "d"}) || left[0].ResolvedAt.IsZero() {
		t.Errorf("left %+v", left)
	}
	q.remove(q.head(9))
	if q.len() != 0 {
		t.Errorf("left %q", keys(q.head(9)))
	}
}

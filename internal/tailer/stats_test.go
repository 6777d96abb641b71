package tailer

import "testing"

func TestCountsGoOnFromTheLastRun(t *testing.T) {
	was := Counts{Rotations: 1, Truncations: 2, LostBytes: 3, LostFiles: 4, OverlongLines: 5, OpenErrors: 6}
	sources := []Config{{Name: "old", Files: []string{"/nowhere/*.log"}}, {Name: "new", Files: []string{"/elsewhere/*.log"}}}
	tl, err := New(sources, nil, nil, Options{Counts: map[string]Counts{"old": was, "gone": {LostBytes: 7}}})
	if err != nil {
		t.Fatal(err)
	}
	tl.sources[0].count.lostBytes.Add(10)
	was.LostBytes += 10
	if got := tl.Stats(); len(got) != 2 || got["old"].Counts != was || got["new"].Counts != (Counts{}) {
		t.Errorf("stats %+v, want %+v for old and nothing for new", got, was)
	}
}

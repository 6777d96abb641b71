package logtime

import (
	"bytes"
	"testing"
	"time"
)

func TestTimes(t *testing.T) {
	zurich, err := time.LoadLocation("Europe/Zurich")
	if err != nil {
		t.Fatal(err)
	}
	c := Clock{Location: zurich, Reference: time.Date(2026, 1, 1, 0, 30, 0, 0, time.UTC)}
	for _, tt := range []struct {
		in, want string
		zone     bool
	}{
		{"2026-11-23T08:28:19Z rest", "2026-11-23T08:28:19Z", true},
		{"2026-11-23T08:28:19.815+01:00", "2026-11-23T07:28:19.815Z", true},
		{"2026-11-23T08:28:19.815123456-0730", "2026-11-23T15:58:19.815123456Z", true},
		{"2026-11-23 08:28:19 +00:00", "2026-11-23T08:28:19Z", true},
		{"2026-11-23 08:28:19 UTC", "2026-11-23T08:28:19Z", true},
		{"2026-11-23 08:28:19,815 [main]", "2026-11-23T07:28:19.815Z", false},
		{"2026/11/23 08:26:40 x", "2026-11-23T07:26:40Z", false},
		{"2026-07-23 08:28:19 -  x", "2026-07-23T06:28:19Z", false},
		{"2026-11-23 08:28:19 -1234", "2026-11-23T21:02:19Z", true}, // a zone by its shape
		{"2026-11-23 08:28:19 -12345", "2026-11-23T07:28:19Z", false},
		{"23/Nov/2026:08:26:39 +0000]", "2026-11-23T08:26:39Z", true},
		{"23/Nov/2026:08:26:40.100]", "2026-11-23T07:26:40.1Z", false},
		{"Mon, 23 Nov 2026 08:28:19 GMT]", "2026-11-23T08:28:19Z", true},
		{"Dec 31 23:59:59 host", "2025-12-31T22:59:59Z", false},
		{"Jan  1 01:59:59 host", "2026-01-01T00:59:59Z", false},
		{"Nov 23 2026 08:26:40 host", "2026-11-23T07:26:40Z", false},
		{"12-31 23:59:59.500  4006", "2025-12-31T22:59:59.5Z", false},
		{"1795422400", "2026-11-23T08:26:40Z", true},
		{"1795422400.3110967", "2026-11-23T08:26:40.3110967Z", true},
		{"1795422948788", "2026-11-23T08:35:48.788Z", true},
		{"1795422948788000", "2026-11-23T08:35:48.788Z", true},
		{"1795422948788000001", "2026-11-23T08:35:48.788000001Z", true},
		{"2026-13-23T08:28:19Z", "", false},
		{"2026-11-23T25:28:19Z", "", false},
		{"12345", "", false},
		{"17954229487880000011", "", false},
		{"Foo 23 08:26:40", "", false},
		{"", "", false},
	} {
		s, n := c.Parse([]byte(tt.in))
		if !s.OK {
			if tt.want != "" {
				t.Errorf("%q: no time, want %s", tt.in, tt.want)
			}
			continue
		}
		if got := time.Unix(0, s.Nanos).UTC().Format(time.RFC3339Nano); got != tt.want || s.Zone != tt.zone || n == 0 {
			t.Errorf("%q: %s zone %v after %d bytes, want %s zone %v", tt.in, got, s.Zone, n, tt.want, tt.zone)
		}
	}
}

// The calendar is our own for speed; time.Date is the judge.
func TestDays(t *testing.T) {
	for d := time.Date(1969, 1, 1, 0, 0, 0, 0, time.UTC); d.Year() < 2110; d = d.AddDate(0, 0, 1) {
		if got := Days(d.Year(), int(d.Month()), d.Day()); got*86400 != d.Unix() {
			t.Fatalf("%s: day %d, want %d", d.Format(time.DateOnly), got, d.Unix()/86400)
		}
	}
}

// BenchmarkTime parses a time of its own and the same second again, of which a
// log has many.
func BenchmarkTime(b *testing.B) {
	c := Clock{Location: time.UTC, Reference: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)}
	for _, format := range [...]string{time.RFC3339Nano, "02/Jan/2006:15:04:05 -0700", "2006-01-02 15:04:05,000", time.Stamp} {
		first := time.Date(2026, 11, 23, 8, 28, 19, 815e6, time.UTC)
		for name, times := range map[string][2]time.Time{"new": {first, first.Add(time.Second)}, "again": {first, first}} {
			b.Run(format+"/"+name, func(b *testing.B) {
				texts := [...][]byte{[]byte(times[0].Format(format)), []byte(times[1].Format(format))}
				for i := 0; b.Loop(); i ^= 1 {
					if s, _ := c.Parse(texts[i]); !s.OK {
						b.Fatalf("no time in %q", texts[i])
					}
				}
			})
		}
	}
}

// Times without a zone in the nights in which clocks change, read at a reference
// and by a reader without one.
func TestTimesOfClockChanges(t *testing.T) {
	for _, tt := range []struct {
		zone, in, reference, want string
	}{
		// Clocks in Zürich go back from 03:00 to 02:00 at 01:00 UTC.
		{"Europe/Zurich", "2026-10-25 01:59:59", "2026-10-24T23:59:59Z", "2026-10-24T23:59:59Z"},
		{"Europe/Zurich", "2026-10-25 02:30:00", "2026-10-25T00:30:01Z", "2026-10-25T00:30:00Z"},
		{"Europe/Zurich", "2026-10-25 02:30:00", "2026-10-25T01:30:01Z", "2026-10-25T01:30:00Z"},
		{"Europe/Zurich", "2026-10-25 02:00:00", "2026-10-25T01:00:00Z", "2026-10-25T01:00:00Z"},
		{"Europe/Zurich", "2026-10-25 02:59:59", "2026-10-25T01:00:00Z", "2026-10-25T00:59:59Z"},
		{"Europe/Zurich", "2026-10-25 02:30:00", "2026-11-25T00:00:00Z", "2026-10-25T01:30:00Z"}, // an old log
		{"Europe/Zurich", "2026-10-25 02:30:00", "", "2026-10-25T00:30:00Z"},
		{"Europe/Zurich", "2026-10-25 03:00:00", "2026-10-25T02:00:00Z", "2026-10-25T02:00:00Z"},
		{"Europe/Zurich", "Oct 25 02:30:00 host", "2026-10-25T01:30:01Z", "2026-10-25T01:30:00Z"},
		// They go forward from 02:00 to 03:00 at 01:00 UTC.
		{"Europe/Zurich", "2026-03-29 01:59:59", "2026-03-29T00:59:59Z", "2026-03-29T00:59:59Z"},
		{"Europe/Zurich", "2026-03-29 02:30:00", "2026-03-29T01:30:00Z", "2026-03-29T01:30:00Z"}, // by the offset of before
		{"Europe/Zurich", "2026-03-29 02:30:00", "2026-03-29T00:30:00Z", "2026-03-29T00:30:00Z"}, // or of after
		{"Europe/Zurich", "2026-03-29 02:30:00", "", "2026-03-29T01:30:00Z"},
		{"Europe/Zurich", "2026-03-29 03:00:00", "2026-03-29T01:00:00Z", "2026-03-29T01:00:00Z"},
		// Half an hour, in the other half of the world.
		{"Australia/Lord_Howe", "2026-04-05 01:45:00", "2026-04-04T14:45:00Z", "2026-04-04T14:45:00Z"},
		{"Australia/Lord_Howe", "2026-04-05 01:45:00", "2026-04-04T15:15:00Z", "2026-04-04T15:15:00Z"},
		{"UTC", "2026-10-25 02:30:00", "2026-10-25T01:30:00Z", "2026-10-25T02:30:00Z"},
	} {
		location, err := time.LoadLocation(tt.zone)
		if err != nil {
			t.Fatal(err)
		}
		c := Clock{Location: location}
		if tt.reference != "" {
			now, err := time.Parse(time.RFC3339, tt.reference)
			if err != nil {
				t.Fatal(err)
			}
			c.Refer(now)
		}
		for range 2 { // the second time from memory
			s, _ := c.Parse([]byte(tt.in))
			if got := time.Unix(0, s.Nanos).UTC().Format(time.RFC3339); !s.OK || got != tt.want {
				t.Errorf("%s %q at %s: %s, want %s", tt.zone, tt.in, tt.reference, got, tt.want)
			}
		}
	}
}

func TestDaysIn(t *testing.T) {
	for _, y := range []int{1900, 2000, 2023, 2024, 2100} {
		for m := 1; m <= 12; m++ {
			if got, want := daysIn(y, m), time.Date(y, time.Month(m+1), 0, 0, 0, 0, 0, time.UTC).Day(); got != want {
				t.Errorf("%d-%02d: %d days, want %d", y, m, got, want)
			}
		}
	}
}

// A day that no calendar has is no time, in any format.
func TestImpossibleDates(t *testing.T) {
	c := Clock{Location: time.UTC, Reference: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)}
	for text, want := range map[string]bool{
		"2026-02-28T10:00:00Z":          true,
		"2026-02-29T10:00:00Z":          false,
		"2024-02-29T10:00:00Z":          true,
		"2026-02-30 10:00:00,123":       false,
		"2026-04-31T10:00:00Z":          false,
		"2026-00-10T10:00:00Z":          false,
		"2026-13-10T10:00:00Z":          false,
		"2026-01-00T10:00:00Z":          false,
		"30/Feb/2026:10:00:00 +0000":    false,
		"31/Jan/2026:10:00:00 +0000":    true,
		"Mon, 31 Nov 2026 10:00:00 GMT": false,
		"Feb 30 10:00:00":               false,
		"Feb 28 10:00:00":               true,
	} {
		if s, _ := c.Parse([]byte(text)); s.OK != want {
			t.Errorf("%s: a time: %v, want %v", text, s.OK, want)
		}
	}
}

// The first bytes of levels are a table of their own.
func TestLevelsInAnyCase(t *testing.T) {
	for _, l := range levels {
		for _, word := range [][]byte{l, bytes.ToLower(l)} {
			if !IsLevel(word) || !BeginsRecord(word) {
				t.Errorf("%s is no level", word)
			}
		}
	}
	for _, word := range []string{"", "x", "INFOS", "IN", "WARNIN"} {
		if IsLevel([]byte(word)) {
			t.Errorf("%s is a level", word)
		}
	}
}

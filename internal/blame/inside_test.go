package blame

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"wvwatch/internal/codes"
)

// traffic is a service of ten tenants, from 25 % to 1 % of its plays, on four hosts: a
// thousand plays a minute, of which 3 % fail with 4025 and 4006.
type traffic struct {
	*Book
	*rand.Rand
	cat    *codes.Catalogue
	client uint32
}

var tenantWeights = []float64{25, 20, 15, 12, 10, 8, 5, 3, 1.2, .8}

var onsetOfTests = time.Date(2026, 11, 17, 14, 0, 0, 0, time.UTC)

// request is one play; code is 0 where a licence is granted, -1 for no answer.
type request struct {
	tenant, host int
	code         int
}

func newTraffic(t *testing.T) *traffic {
	t.Helper()
	cat, err := codes.Load(codes.Config{})
	if err != nil {
		t.Fatal(err)
	}
	return &traffic{Book: New([]string{"source", "tenant", "host"}, nil, 1), Rand: rand.New(rand.NewPCG(7, 7)), cat: cat}
}

// play plays the hour before the onset and some minutes of the incident, in which change
// may make another play of each, or none.
func (s *traffic) play(minutes int, change func(*request) bool) {
	for minute := -65; minute < minutes; minute++ {
		for i := range 1000 {
			at := onsetOfTests.Add(time.Duration(minute)*time.Minute + time.Duration(i)*60*time.Millisecond)
			q := request{tenant: s.pick(), host: s.IntN(4)}
			if s.Float64() < .03 {
				q.code = []int{4025, 4025, 4006}[s.IntN(3)]
			}
			if minute < 0 || change(&q) {
				s.add(q, at.UnixNano())
			}
		}
	}
}

func (s *traffic) pick() int {
	at := s.Float64() * 100
	for i, w := range tenantWeights {
		if at -= w; at < 0 {
			return i
		}
	}
	return 0
}

func (s *traffic) add(q request, at int64) {
	s.client++
	var p Places
	s.Place(&p, 0, []byte("proxy"), at)
	s.Place(&p, 1, fmt.Appendf(nil, "t%d", q.tenant), at)
	s.Place(&p, 2, fmt.Appendf(nil, "h%d", q.host), at)
	s.Request(Request{At: at, Granted: q.code == 0, Failed: q.code < 0, Took: 100 * time.Millisecond, Places: &p})
	if q.code == 0 {
		return
	}
	f := Failure{At: at, Client: s.client, Begins: true, Counted: true, Sampled: true, Failed: q.code > 0, Places: &p}
	if q.code > 0 {
		f.Code = s.Code(codes.Widevine, q.code, s.cat.Resolve(codes.Widevine, q.code).Category)
	}
	s.Failure(f)
}

func (s *traffic) verdict(minutes int, tenant string) Verdict {
	q := Question{Alert: "A", Onset: onsetOfTests, Now: onsetOfTests.Add(time.Duration(minutes)*time.Minute - 1), Catalogue: s.cat}
	if tenant != "" {
		q.Dimension, q.By = "tenant", tenant
	}
	return s.Judge(q)
}

// What failed in the minute of the onset, but before it, is none of the incident.
func TestFailuresBeforeTheOnset(t *testing.T) {
	s := newTraffic(t)
	s.play(0, nil)
	onset, failed := onsetOfTests.Add(50*time.Second), 0
	for i := range 3000 {
		at := onsetOfTests.Add(time.Duration(i) * 60 * time.Millisecond)
		q := request{tenant: s.pick(), host: s.IntN(4)}
		switch {
		case at.Before(onset) && i%20 == 0:
			q.code = 6002
		case !at.Before(onset) && i%20 == 0:
			q.code = 3004
			failed++
		}
		s.add(q, at.UnixNano())
	}
	v := s.Judge(Question{Alert: "A", Onset: onset, Now: onsetOfTests.Add(3*time.Minute - 1), Catalogue: s.cat})
	if len(v.Codes) != 1 || v.Codes[0].Code != 3004 || v.Codes[0].Clients != failed || v.Incidents != failed || v.Clients != failed {
		t.Errorf("%d x 3004 since the onset: %+v, %d incidents, %d clients", failed, v.Codes, v.Incidents, v.Clients)
	}
	if part := float64(failed) / float64(v.Plays.Now); part < .045 || part > .055 || strings.Contains(v.Sentence, "6002") {
		t.Errorf("%.3f of plays fail: %s", part, v.Sentence)
	}
}

// The verdict on an alert of one tenant is on its traffic: its plays, its failures, and
// whether the others fail, too.
func TestVerdictOfOneTenant(t *testing.T) {
	const minutes = 8
	for _, tt := range []struct {
		name     string
		asked    string
		change   func(s *traffic, q *request) bool
		kind     Kind
		named    string
		others   string
		failing  [2]float64 // part of the tenant's plays, from and to
		plays    [2]int
		mentions []string
	}{
		{"its token keys", "t4", func(s *traffic, q *request) bool {
			if q.tenant == 4 && s.Float64() < .95 {
				q.code = 3004
			}
			return true
		}, Tenant, "tenant t4", "as usual", [2]float64{.9, 1}, [2]int{600, 1000}, []string{"At tenant t4", "3004", "others as usual"}},
		{"one that is well meanwhile", "t3", func(s *traffic, q *request) bool {
			if q.tenant == 4 && s.Float64() < .95 {
				q.code = 3004
			}
			return true
		}, Nothing, "", "as usual", [2]float64{0, .06}, [2]int{700, 1250}, nil},
		{"everybody's key manager", "t4", func(s *traffic, q *request) bool {
			if s.Float64() < .3 {
				q.code = 6007
			}
			return true
		}, KeyManager, "", "rose too", [2]float64{.2, .42}, [2]int{600, 1000}, []string{"At tenant t4", "6007", "others rose too"}},
		{"its hosts", "t1", func(s *traffic, q *request) bool {
			if q.tenant == 1 && q.host == 2 {
				q.code = 6002
			}
			return true
		}, OneHost, "tenant t1, host h2", "as usual", [2]float64{.2, .4}, [2]int{1300, 1900}, []string{"At tenant t1", "host h2"}},
		{"its licence server", "t4", func(s *traffic, q *request) bool {
			if q.tenant == 4 && s.Float64() < .8 {
				q.code = -1
			}
			return true
		}, Gateway, "tenant t4", "as usual", [2]float64{.7, 1}, [2]int{600, 1000}, []string{"At tenant t4", "no answer"}},
		{"its viewers are gone", "t2", func(s *traffic, q *request) bool { return q.tenant != 2 || s.Float64() < .1 },
			Collapse, "", "as usual", [2]float64{0, .2}, [2]int{50, 250}, []string{"At tenant t2 players ask for"}},
		{"a small one", "t9", func(s *traffic, q *request) bool {
			if q.tenant == 9 {
				q.code = 3004
			}
			return true
		}, Tenant, "tenant t9", "as usual", [2]float64{.9, 1}, [2]int{40, 90}, []string{"At tenant t9", "3004"}},
		{"one that no record names", "t77", func(s *traffic, q *request) bool {
			if s.Float64() < .3 {
				q.code = 6007
			}
			return true
		}, Nothing, "", "", [2]float64{0, 0}, [2]int{0, 0}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newTraffic(t)
			s.play(minutes, func(q *request) bool { return tt.change(s, q) })
			v := s.verdict(minutes, tt.asked)
			t.Log(v.Sentence)
			if v.Kind != tt.kind || names(v) != tt.named || v.Others != tt.others {
				t.Errorf("%s at %q, others %q; want %s at %q, others %q", v.Kind, names(v), v.Others, tt.kind, tt.named, tt.others)
			}
			if f := v.Plays.Failing; f < tt.failing[0] || f > tt.failing[1] {
				t.Errorf("%.2f of the plays fail, want %v", f, tt.failing)
			}
			if n := v.Plays.Now; n < tt.plays[0] || n > tt.plays[1] {
				t.Errorf("%d plays, want %v", n, tt.plays)
			}
			for _, m := range tt.mentions {
				if !strings.Contains(v.Sentence, m) {
					t.Errorf("%q does not mention %q", v.Sentence, m)
				}
			}
		})
	}
}

func names(v Verdict) string {
	var list []string
	for _, n := range v.Named {
		list = append(list, n.Dimension+" "+n.Value)
	}
	return strings.Join(list, ", ")
}

// A rise inside a tenant that is too small to move the total is found by a question on
// all traffic. Nothing is found where all is as usual, whatever tenant one looks at.
func TestRiseInsideATenant(t *testing.T) {
	const minutes = 8
	s := newTraffic(t)
	s.play(minutes, func(q *request) bool {
		if q.tenant == 9 {
			q.code = 4025 // of which there are 20 a minute elsewhere
		}
		return true
	})
	v := s.verdict(minutes, "")
	t.Log(v.Sentence)
	if names(v) != "tenant t9" || v.Others != "as usual" || !strings.Contains(v.Sentence, "At tenant t9") {
		t.Errorf("%s at %q: %s", v.Kind, names(v), v.Sentence)
	}

	calm := newTraffic(t)
	calm.play(40, func(*request) bool { return true })
	for onset := range 30 {
		from := onsetOfTests.Add(time.Duration(onset) * time.Minute)
		q := Question{Onset: from, Now: from.Add(10*time.Minute - 1), Catalogue: calm.cat}
		if v := calm.Judge(q); v.Kind != Nothing {
			t.Errorf("from %v on: %s", from, v.Sentence)
		}
	}
}

package detect

import (
	"fmt"
	"io"
	"math"
)

// fleet are daemons that each see a part of the traffic, and a rule over their
// sums as Prometheus can evaluate it: it has windows but no state.
type fleet struct {
	hosts []*traffic
	ours  []*ours
	sums  [categories]fleetSum
}

// fleetSum are the sums of all hosts in the last hour, for one category.
type fleetSum struct {
	x, expected [hourSteps]float64 // by step, modulo the length
	fired       int64              // the last step in which the rule held; 0 for none
	on          bool
}

const fleetKeep = 5 * minute // keep_firing_for

func newFleet(s service, hosts int) *fleet {
	f := &fleet{}
	for i := range hosts {
		s.seed = s.seed*31 + uint64(i)
		f.hosts = append(f.hosts, newTraffic(s))
		f.ours = append(f.ours, newOurs(counting{true, ByClient}, nil))
	}
	return f
}

// next lets all hosts see the step. It returns that of the first.
func (f *fleet) next(at int64) *tick {
	for i, h := range f.hosts {
		f.ours[i].step(h.next(at))
	}
	return &f.hosts[0].out
}

func (f *fleet) step(t *tick) {
	for k := range f.sums {
		s := &f.sums[k]
		now := t.at % hourSteps
		s.x[now], s.expected[now] = 0, 0
		known, dispersion := 0.0, 0.0
		for i, o := range f.ours {
			d := &o.detectors[k]
			_, learnt := d.Normal()
			s.x[now] += f.hosts[i].out.failed[k].x
			s.expected[now] += learnt
			known += d.Known()
			dispersion += d.Dispersion() / float64(len(f.ours))
		}
		if s.evidence(t.at, dispersion, known) >= 10 {
			s.fired = t.at
		}
		s.on = s.fired > 0 && t.at-s.fired < fleetKeep
	}
}

// evidence is the highest of four windows.
func (s *fleetSum) evidence(at int64, dispersion, known float64) float64 {
	most := 0.0
	for _, w := range [...]struct{ long, short int64 }{{minute, minute}, {5 * minute, 2 * minute}, {15 * minute, 5 * minute}, {60 * minute, 5 * minute}} {
		x, m := s.sum(at, w.long)
		shortX, shortM := s.sum(at, w.short)
		if x < 5 || x <= m || shortX <= shortM || shortX/float64(w.short) < x/float64(w.long)/4 {
			continue
		}
		most = max(most, (x*math.Log(x/m)-(x-m))/(dispersion+m/(1+known)))
	}
	return most
}

func (s *fleetSum) sum(at, steps int64) (x, m float64) {
	for i := at - steps + 1; i <= at; i++ {
		x, m = x+s.x[i%hourSteps], m+s.expected[i%hourSteps]
	}
	return x, 2 * max(m, float64(steps)/hourSteps)
}

func (f *fleet) level(k int) Level {
	if f.sums[k].on {
		return Ticket
	}
	return None
}

func (f *fleet) ended(int) End { return NotEnded }

// fleetTroubles are those by which a fleet is compared with one daemon.
func fleetTroubles() []trouble {
	return []trouble{
		{name: "6007 all 30 s", to: 3, share: 1, in: []int{keyManager}},
		{name: "6007 10 % 1 h", to: 60 * minute, share: 0.1, in: []int{keyManager}},
		{name: "4025+4021 30 % 10 m", to: 10 * minute, share: 0.3, in: []int{entitlement}},
		{name: "5001 2 % 1 h", to: 60 * minute, share: 0.02, in: []int{drmSDK}},
	}
}

// holdFleets returns how the sum of ten hosts does, and one that sees it all.
func holdFleets(seeds int, days int64) (sum, one *result) {
	sum = newResult()
	for seed := range uint64(seeds) {
		planned := spread(fleetTroubles())(seed, monday, days)
		f := newFleet(service{seed: 4000 + seed, rate: 0.2, planned: planned}, 10)
		sum.add(judge(&f.hosts[0].life, watch(f, monday, days, f)[0], monday+7*daySteps, monday+days*daySteps))
	}
	r := run{service: service{seed: 4000, rate: 2}, seeds: seeds, days: days, since: 7, plan: spread(fleetTroubles()), contestants: everybody()[:1]}
	return sum, r.hold()[0]
}

func printFleet(w io.Writer) {
	sum, one := holdFleets(2, 28)
	fmt.Fprintln(w, "\nTen daemons of 0.2/s, their sums, and one of 2/s\nincident\tn\tmissed, sum/one\tticket s, sum\tticket s, one\tfalse a week, sum/one")
	for _, tr := range fleetTroubles() {
		a, b := sum.of(tr.name), one.of(tr.name)
		fmt.Fprintf(w, "%s\t%.0f\t%.0f/%.0f\t%s\t%s\t%.1f/%.1f\n", tr.name, a.n, a.missed, b.missed, pair(a.tickets, 0), pair(b.tickets, 0),
			sum.perWeek(sum.falses()), one.perWeek(one.falses()))
	}
}

package detect

import (
	"math/rand/v2"
	"sync"
)

// What is simulated, for the table and in short for the tests.

// contestant is a watcher with its name, made for each service.
type contestant struct {
	name string
	make func(service) watcher
}

func withRequests() contestant {
	return contestant{"clients / plays", func(service) watcher { return newOurs(counting{true, ByClient}, nil) }}
}

func withRefusals() contestant {
	return contestant{"clients / profile", func(service) watcher { return newOurs(counting{false, ByClient}, nil) }}
}

// everybody are the contestants of the table.
func everybody() []contestant {
	return []contestant{
		withRequests(),
		withRefusals(),
		{"before, / requests", func(service) watcher { return newToday(true) }},
		{"before, / seconds", func(service) watcher { return newToday(false) }},
		{"z-score for 5m", func(service) watcher { return newZScore() }},
		{"fixed x3", func(s service) watcher { return newFixed(s) }},
		{"window ratio", func(service) watcher { return newWindowRatio() }},
	}
}

// run is a service that is simulated with several seeds.
type run struct {
	service
	seeds       int
	days        int64
	since       int64                                                // day from which on alarms count
	people      bool                                                 // individuals, not rates
	plan        func(seed uint64, start int64, days int64) []trouble // nil for none
	contestants []contestant
}

// hold simulates all seeds and returns the sum of each contestant.
func (r run) hold() []*result {
	results := make([]*result, len(r.contestants))
	for i := range results {
		results[i] = newResult()
	}
	var mu sync.Mutex
	var running sync.WaitGroup
	limit := make(chan struct{}, 2)
	for seed := range uint64(r.seeds) {
		running.Go(func() {
			limit <- struct{}{}
			defer func() { <-limit }()
			s := r.service
			s.seed += seed
			if s.start == 0 {
				s.start = monday
			}
			if r.plan != nil {
				s.planned = r.plan(seed, s.start, r.days)
			}
			src, l := s.simulate(r.people)
			ws := make([]watcher, len(r.contestants))
			for i, c := range r.contestants {
				ws[i] = c.make(s)
			}
			episodes := watch(src, s.start, r.days, ws...)
			mu.Lock()
			defer mu.Unlock()
			for i := range ws {
				since := s.start + r.since*daySteps
				one := judge(l, episodes[i], since, s.start+r.days*daySteps)
				if o, ok := ws[i].(*ours); ok {
					one.slow(l, o.drifts, since)
				}
				results[i].add(one)
			}
		})
	}
	running.Wait()
	return results
}

func (s service) simulate(people bool) (source, *life) {
	if people {
		a := newAudience(s)
		return a, &a.life
	}
	t := newTraffic(s)
	return t, &t.life
}

// spread lays troubles after each other, from the second week on, at all hours.
func spread(all []trouble) func(seed uint64, start, days int64) []trouble {
	return func(seed uint64, start, days int64) []trouble {
		rng := rand.New(rand.NewPCG(seed, 77))
		var list []trouble
		at := start + 7*daySteps
		for i := 5 * int(seed); ; i++ {
			tr := all[i%len(all)]
			tr.from, tr.late = at+rng.Int64N(4*hourSteps), rng.Float64()
			tr.to += tr.from
			if at = tr.to + 4*hourSteps; at > start+days*daySteps {
				return list
			}
			list = append(list, tr)
		}
	}
}

// once lays one trouble some days after the start, each seed four hours later.
func once(tr trouble, day int64) func(seed uint64, start, days int64) []trouble {
	return func(seed uint64, start, days int64) []trouble {
		tr := tr
		tr.from += start + day*daySteps
		if day > 0 {
			tr.from += int64(seed)*4*hourSteps + 7
		}
		tr.to += tr.from
		return []trouble{tr}
	}
}

const minute = 6 // steps

// incidents are those of some minutes.
func incidents() []trouble {
	return []trouble{
		{name: "6007 all 30 s", to: 3, share: 1, in: []int{keyManager}},
		{name: "6007 all 2 m", to: 2 * minute, share: 1, in: []int{keyManager}},
		{name: "6007 all 10 m", to: 10 * minute, share: 1, in: []int{keyManager}},
		{name: "6007 all 1 h", to: 60 * minute, share: 1, in: []int{keyManager}},
		{name: "6007 10 % 10 m", to: 10 * minute, share: 0.1, in: []int{keyManager}},
		{name: "6007 10 % 1 h", to: 60 * minute, share: 0.1, in: []int{keyManager}},
		{name: "4025+4021 30 % 10 m", to: 10 * minute, share: 0.3, in: []int{entitlement}},
		{name: "4025+4021 30 % 1 h", to: 60 * minute, share: 0.3, in: []int{entitlement}},
		{name: "5001 2 % 1 h", to: 60 * minute, share: 0.02, in: []int{drmSDK}},
		{name: "2001 5 % 1 h", to: 60 * minute, share: 0.05, in: []int{challenge}},
		{name: "6002 all 2 m", to: 2 * minute, share: 1, in: []int{internalFault}},
		{name: "1008 3 % 1 h", to: 60 * minute, share: 0.03, in: []int{configuration}},
		{name: "6007 on/off 60 s 30 m", to: 30 * minute, share: 1, in: []int{keyManager}, on: minute, off: minute},
		{name: deployed, to: 4, share: 0.05, in: []int{internalFault}},
	}
}

// deployed is the trouble that must not page.
const deployed = "deploy 6002 5 % 40 s"

// lasting is a trouble of days, and in which service.
type lasting struct {
	trouble
	rate      float64
	day, days int64
}

func lastings() []lasting {
	const h = hourSteps
	return []lasting{
		{trouble{name: "6007 50 % 48 h", to: 48 * h, share: 0.5, in: []int{keyManager}}, 1, 8, 12},
		{trouble{name: "6007 20 % 48 h", to: 48 * h, share: 0.2, in: []int{keyManager}}, 1, 8, 12},
		{trouble{name: "6007 5 % 48 h", to: 48 * h, share: 0.05, in: []int{keyManager}}, 1, 8, 12},
		{trouble{name: "6007 5 % 48 h, 0.2/s", to: 48 * h, share: 0.05, in: []int{keyManager}}, 0.2, 8, 12},
		{trouble{name: "2001 5 % 48 h", to: 48 * h, share: 0.05, in: []int{challenge}}, 1, 8, 12},
		{trouble{name: "4025+4021 x4 for good, 2/s", to: 96 * h, factor: 4, in: []int{entitlement}}, 2, 8, 13},
		{trouble{name: "4025+4021 x4 for good, 0.2/s", to: 96 * h, factor: 4, in: []int{entitlement}}, 0.2, 8, 13},
		{trouble{name: "6008 ramp to 15 % in 60 m", to: h, share: 0.15, in: []int{keyManager}, ramp: h}, 2, 8, 10},
		{trouble{name: "fresh, 50 % for 3 h", to: 3 * h, share: 0.5, in: []int{keyManager}}, 2, 0, 2},
		{trouble{name: "fresh, 50 % for 30 h", to: 30 * h, share: 0.5, in: []int{keyManager}}, 2, 0, 2},
		{trouble{name: "fresh, all at minute 10", from: 10 * minute, to: h, share: 1, in: []int{keyManager}}, 2, 0, 1},
		{trouble{name: "fresh, all at minute 0", to: h, share: 1, in: []int{keyManager}}, 2, 0, 1},
	}
}

// october is when summer time ends, two weeks into the run.
func october(at int64) int {
	if at < autumn+13*daySteps+hourSteps {
		return 7200
	}
	return 3600
}

const autumn = monday + 133*daySteps

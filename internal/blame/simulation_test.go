package blame

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"
)

// The simulation asks Find who carries the rise of invented incidents, on traffic
// with correlated dimensions: a tenant has its country, an app its platform. Seeds
// are fresh; the log names the one of a run, and BLAME_SEED repeats it.
// BLAME_RUNS sets the incidents of each row (make bench-blame).

// runs returns how many incidents a row has.
func runs(t *testing.T) int {
	t.Helper()
	if text := os.Getenv("BLAME_RUNS"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	return 150
}

func freshRand(t *testing.T) *rand.Rand {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("BLAME_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("BLAME_SEED=%d", seed)
	return rand.New(rand.NewPCG(seed, 1))
}

// The dimensions of the simulated service.
const (
	simTenant = iota
	simApp
	simPlatform
	simUpstream
	simHost
	simCountry
	simPod
	numSim
)

var simNames = []string{"tenant", "app_version", "platform", "upstream", "host", "country", "pod"}

// service draws requests of a service with its own shape.
type service struct {
	*rand.Rand
	tenants, apps []float64
	country       []uint16 // by tenant
	platform      []uint16 // by app
	match         uint16   // a tenant with a match, 0 for none
	missing       float64  // part of the values that a record does not name
}

func zipf(r *rand.Rand, n int, s float64) []float64 {
	w := make([]float64, n)
	for i := range w {
		w[i] = math.Pow(float64(i+1), -s) * math.Exp(.3*r.NormFloat64())
	}
	return w
}

func newService(r *rand.Rand) *service {
	s := &service{Rand: r, tenants: zipf(r, 50, 1), apps: zipf(r, 25, .8)}
	for range s.tenants {
		s.country = append(s.country, uint16(r.IntN(10)))
	}
	for range s.apps {
		s.platform = append(s.platform, uint16(r.IntN(6)))
	}
	return s
}

func (s *service) pick(w []float64) uint16 {
	sum := 0.
	for _, x := range w {
		sum += x
	}
	at := s.Float64() * sum
	for i, x := range w {
		if at -= x; at < 0 {
			return uint16(i)
		}
	}
	return uint16(len(w) - 1)
}

// play draws where a play happens.
func (s *service) play() (w Witness) {
	tenant, app := s.pick(s.tenants), s.pick(s.apps)
	if s.match > 0 && s.Float64() < .5 {
		tenant = s.match - firstPlace
	}
	country := s.country[tenant]
	if s.Float64() < .1 {
		country = uint16(s.IntN(10))
	}
	host := uint16(s.IntN(4))
	for d, v := range [numSim]uint16{
		simTenant: tenant, simApp: app, simPlatform: s.platform[app], simUpstream: s.pick([]float64{.45, .3, .25}),
		simHost: host, simCountry: country, simPod: host*3 + uint16(s.IntN(3)),
	} {
		if s.Float64() >= s.missing {
			w.Places[d] = v + firstPlace
		}
	}
	return w
}

// plays draws n plays that are kept.
func (s *service) plays(n int, keep func(Witness) bool) []Witness {
	list := make([]Witness, 0, n)
	for tries := 0; len(list) < n && tries < 5000*(n+1); tries++ {
		if w := s.play(); keep(w) {
			list = append(list, w)
		}
	}
	return list
}

func everywhere(Witness) bool { return true }

// at is a place of the simulation, by number of dimension and value.
type at struct {
	dimension int
	value     uint16
}

func (a at) holds(w Witness) bool { return w.Places[a.dimension] == a.value }

// value draws a value of a dimension with a part of the traffic in the range.
func (s *service) value(d int, from, to float64) (at, bool) {
	list := s.plays(2000, everywhere)
	parts := make(map[uint16]float64)
	for _, w := range list {
		parts[w.Places[d]] += 1. / float64(len(list))
	}
	var fit []uint16
	for v, p := range parts {
		if v >= firstPlace && p >= from && p <= to {
			fit = append(fit, v)
		}
	}
	if len(fit) == 0 {
		return at{}, false
	}
	slices.Sort(fit)
	return at{d, fit[s.IntN(len(fit))]}, true
}

// noise is what makes an incident hard to read.
type noise struct {
	name                 string
	background           float64 // normal failures for each of the incident's
	habit                bool    // the code has a habit of its own: half of it at one value
	match, retries       bool
	missing              float64
	before, now          int
	misjudged, elsewhere float64
}

var noises = []noise{
	{name: "none"},
	{name: "background", background: 1},
	{name: "habit", background: .5, habit: true},
	{name: "match", match: true},
	{name: "retries", retries: true},
	{name: "missing values", missing: .2},
	{name: "few requests before", before: 220},
	{name: "no requests now", now: 10},
	{name: "normal misjudged", background: .4, misjudged: 1.5},
	{name: "elsewhere too", elsewhere: .1},
}

// incident draws a rise of n clients at all of the places of one of the groups.
func (s *service) incident(n int, x noise, carries func(Witness) bool) Rise {
	s.missing, s.match = x.missing, 0
	before, now := 3840, 320
	if x.before > 0 {
		before = x.before
	}
	if x.now > 0 {
		now = x.now
	}
	habit := func(w Witness) bool { return true }
	if x.habit {
		d := s.IntN(numSim)
		own, ok := s.value(d, 0, .3)
		habit = func(w Witness) bool { return !ok || own.holds(w) || s.Float64() < .2 }
	}
	r := Rise{Dimensions: simNames, Before: s.plays(before, everywhere), Habit: s.plays(200, habit)}
	if x.match {
		s.match = firstPlace + uint16(s.IntN(len(s.tenants)))
	}
	r.Now = s.plays(now, func(w Witness) bool { return !x.retries || carries(w) || s.Float64() < .3 })
	background := int(x.background * float64(n))
	r.Normal = float64(background) + 1
	if x.misjudged > 0 {
		r.Normal = float64(background) / x.misjudged
	}
	r.Witnesses = slices.Concat(
		s.plays(n-int(x.elsewhere*float64(n)), carries), s.plays(int(x.elsewhere*float64(n)), everywhere),
		s.plays(background, habit))
	return r
}

// score counts how the incidents of a row were judged.
type score struct{ right, part, wrong, silent, all int }

func (c *score) add(f Finding, truth []at) {
	c.all++
	missed, strange := len(truth), 0
	for _, p := range f.Named {
		if slices.Contains(truth, at{p.Dimension, p.Value}) {
			missed--
		} else {
			strange++
		}
	}
	switch {
	case strange > 0:
		c.wrong++
	case missed == 0:
		c.right++
	case missed < len(truth):
		c.part++
	default:
		c.silent++
	}
}

func (c score) String() string {
	p := func(n int) float64 { return 100 * float64(n) / float64(max(c.all, 1)) }
	return fmt.Sprintf("right %.1f %%, part %.1f %%, wrong %.1f %%, silent %.1f %% of %d", p(c.right), p(c.part), p(c.wrong), p(c.silent), c.all)
}

// atLeast and atMost fail where n of the row is beyond what chance explains.
func (c score) atLeast(t *testing.T, n int, want float64) {
	t.Helper()
	if float64(n) < want*float64(c.all)-3*math.Sqrt(float64(c.all)*want*(1-want)) {
		t.Errorf("%v: want at least %.1f %%", c, 100*want)
	}
}

func (c score) atMost(t *testing.T, n int, want float64) {
	t.Helper()
	if float64(n) > want*float64(c.all)+3*math.Sqrt(float64(c.all)*want*(1-want)) {
		t.Errorf("%v: want at most %.1f %%", c, 100*want)
	}
}

func TestOneContributor(t *testing.T) {
	r := freshRand(t)
	for _, n := range []int{20, 50} {
		for i, x := range noises {
			if n == 20 && i > 0 {
				break // a noise needs more witnesses
			}
			t.Run(fmt.Sprintf("%d/%s", n, x.name), func(t *testing.T) {
				var c score
				for c.all < runs(t) {
					s := newService(r)
					place, ok := s.value(r.IntN(numSim), .002, .5)
					if !ok {
						continue
					}
					c.add(Find(s.incident(n, x, place.holds)), []at{place})
				}
				t.Log(c)
				c.atLeast(t, c.right, .97)
				c.atMost(t, c.wrong, .02)
			})
		}
	}
}

func TestPair(t *testing.T) {
	r := freshRand(t)
	for _, n := range []int{20, 50} {
		t.Run(strconv.Itoa(n), func(t *testing.T) {
			var c score
			for c.all < runs(t) {
				s := newService(r)
				tenant, ok1 := s.value(simTenant, .02, .2)
				app, ok2 := s.value(simApp, .02, .2)
				if !ok1 || !ok2 {
					continue
				}
				both := func(w Witness) bool { return tenant.holds(w) && app.holds(w) }
				c.add(Find(s.incident(n, noise{}, both)), []at{tenant, app})
			}
			t.Log(c)
			c.atLeast(t, c.right+c.part, .95)
			c.atMost(t, c.wrong, .02)
		})
	}
}

func TestTwoTenants(t *testing.T) {
	r := freshRand(t)
	for _, n := range []int{20, 50} {
		t.Run(strconv.Itoa(n), func(t *testing.T) {
			var c score
			for c.all < runs(t) {
				s := newService(r)
				a, ok1 := s.value(simTenant, .02, .15)
				b, ok2 := s.value(simTenant, .02, .15)
				if !ok1 || !ok2 || a == b {
					continue
				}
				// Both fail in the same numbers, whatever their traffic.
				first := s.incident(n/2, noise{}, a.holds)
				second := s.incident(n-n/2, noise{}, b.holds)
				first.Witnesses = append(first.Witnesses, second.Witnesses...)
				c.add(Find(first), []at{a, b})
			}
			t.Log(c)
			c.atLeast(t, c.right, .9)
		})
	}
}

func TestLargeValue(t *testing.T) {
	r := freshRand(t)
	var c score
	for c.all < runs(t) {
		s := newService(r)
		s.tenants[0] = (.25 + .5*r.Float64()) * 10
		place, ok := s.value(simTenant, .2, .75)
		if !ok {
			continue
		}
		c.add(Find(s.incident(50, noise{}, place.holds)), []at{place})
	}
	t.Log(c)
	c.atLeast(t, c.right, .85)
	c.atMost(t, c.wrong, .02)
}

func TestNoneNamed(t *testing.T) {
	r := freshRand(t)
	for _, x := range []noise{{name: "as the traffic"}, {name: "match", match: true}, {name: "as its habit", background: 3, habit: true}} {
		for _, n := range []int{20, 50, 200} {
			t.Run(fmt.Sprintf("%s/%d", x.name, n), func(t *testing.T) {
				var c score
				for c.all < runs(t) {
					c.add(Find(newService(r).incident(n, x, everywhere)), nil)
				}
				t.Log(c)
				c.atMost(t, c.wrong, .01)
			})
		}
	}
}

// Where everybody fails but unevenly, a value that fails more than its share may be
// named, and the finding must then report that the others rose too.
func TestUneven(t *testing.T) {
	r := freshRand(t)
	for _, sigma := range []float64{.5, .8} {
		for _, n := range []int{20, 50, 200} {
			t.Run(fmt.Sprintf("%.1f/%d", sigma, n), func(t *testing.T) {
				var c score
				sure := 0
				for c.all < runs(t) {
					s := newService(r)
					factors := make(map[at]float64)
					worst := 0.
					factor := func(a at) float64 {
						f, ok := factors[a]
						if !ok {
							f = math.Exp(sigma * r.NormFloat64())
							factors[a] = f
						}
						return f
					}
					chance := func(w Witness) float64 {
						return factor(at{simTenant, w.Places[simTenant]}) * factor(at{simPlatform, w.Places[simPlatform]}) * factor(at{simHost, w.Places[simHost]})
					}
					for range 500 {
						worst = max(worst, chance(s.play()))
					}
					f := Find(s.incident(n, noise{background: .1}, func(w Witness) bool { return r.Float64()*worst < chance(w) }))
					c.add(f, nil)
					if len(f.Named) > 0 && f.Others {
						sure++
					}
				}
				t.Log(c, "others said to be as usual:", sure)
				if sigma == .5 && n >= 50 {
					c.atMost(t, c.wrong, .05)
				}
				most := .02
				if n == 20 {
					most = .08 // a dozen witnesses at one value leave few for the others: 6.4 % of 1,200 at .8
				}
				c.atMost(t, sure, most)
			})
		}
	}
}

// With 10 to 19 witnesses silence is allowed, a wrong name is not.
func TestFewWitnesses(t *testing.T) {
	r := freshRand(t)
	var c score
	for c.all < runs(t) {
		s := newService(r)
		place, ok := s.value(r.IntN(numSim), .002, .5)
		if !ok {
			continue
		}
		c.add(Find(s.incident(10+r.IntN(10), noises[r.IntN(len(noises))], place.holds)), []at{place})
	}
	t.Log(c)
	c.atMost(t, c.wrong, .02)
}

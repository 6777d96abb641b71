package blame

import (
	"slices"
	"time"

	"wvwatch/internal/codes"
)

// The families of refusals that a subscriber system decides.
const (
	expired = 1 << iota
	account
	product
)

// family returns that of a code, 0 for none.
func family(e codes.Entry) int {
	switch {
	case e.Category == "account":
		return account
	case e.Category == "entitlement" && e.Outcome == "expected":
		return expired
	case e.Category == "entitlement":
		return product
	}
	return 0
}

// families returns those of the codes, and how many.
func families(list []rising) (set, n int) {
	for _, r := range list {
		set |= family(r.entry)
	}
	for _, f := range []int{expired, account, product} {
		if set&f != 0 {
			n++
		}
	}
	return set, n
}

// refusals reports whether all codes are refusals of a subscriber system.
func refusals(list []rising) bool {
	return len(list) > 0 && !slices.ContainsFunc(list, func(r rising) bool { return family(r.entry) == 0 })
}

// The owners that no code names.
const (
	inFront = "in front of the proxy"
	noOwner = "none needed"
)

// rule is one row of the table: its verdict if it applies, and how many of its two
// signs there are.
type rule struct {
	kind    Kind
	applies func(*signals) bool
	owner   func(*signals) string
	signs   func(*signals) [2]bool
	tested  func(*signals) bool // whether the logs show what it goes by; nil where they always do
}

// among tests for values of dimensions.
func among(dimensions ...[]string) func(*signals) bool {
	return func(s *signals) bool { return s.seen(slices.Concat(dimensions...)) }
}

func countsPlays(s *signals) bool { return s.counted }

// is returns the same owner for all.
func is(owner string) func(*signals) string { return func(*signals) string { return owner } }

// ofCode returns the owner of the code that rose most.
func ofCode(s *signals) string { return s.rising[0].entry.Owner }

// ofServer returns the owner of the code, and for what is no fault that of the
// licence server.
func ofServer(s *signals) string {
	if s.rising[0].entry.Outcome != "fault" {
		return "drm-platform"
	}
	return ofCode(s)
}

// rules are tried in this order.
func rules() []rule {
	return []rule{
		{Collapse, func(s *signals) bool {
			return s.counted && s.minutes >= 1 && s.plays < s.expected/2 && s.fewerPlays() >= 10 && len(s.rising) == 0 && s.gateway < .05
		}, is(inFront), func(s *signals) [2]bool { return [2]bool{s.plays < .3*s.expected, s.granted()} }, countsPlays},
		{HostOut, func(s *signals) bool { return s.silentFor > 0 && len(s.rising) == 0 && !s.gatewayRose() },
			is("infrastructure"), func(s *signals) [2]bool { return [2]bool{s.timesPlays() >= .85, s.granted()} }, among(hostDimensions)},
		{Gateway, (*signals).gatewayRose, is("infrastructure"), func(s *signals) [2]bool {
			return [2]bool{s.gateway >= .1 || s.named(nil), len(s.rising) == 0}
		}, countsPlays},
		{Retry, func(s *signals) bool {
			return s.counted && s.tries >= 1.4*s.usual && s.timesFailing() < 1.3 && len(s.rising) == 0
		}, is("client-app"), func(s *signals) [2]bool { return [2]bool{s.tries >= 2*s.usual, s.granted()} }, func(s *signals) bool { return s.counted && s.triesSeen }},
		{OneDevice, func(s *signals) bool { return s.busiest >= .5 && len(s.rising) == 0 },
			is(noOwner), func(s *signals) [2]bool { return [2]bool{s.busiest >= .8, s.granted()} }, func(s *signals) bool { return s.clientsSeen }},
		{Crowd, func(s *signals) bool {
			return s.triesKnown && !s.returning && s.timesPlays() >= 1.6 && !s.fault() && s.timesFailing() < 1.8
		}, is(noOwner), func(s *signals) [2]bool { return [2]bool{s.timesPlays() >= 2, s.timesFailing() < 1.3} }, func(s *signals) bool { return s.counted && s.triesKnown }},
		{Nothing, func(s *signals) bool { return len(s.rising) == 0 },
			is(noOwner), func(s *signals) [2]bool { return [2]bool{s.known, s.known} }, nil},
		{Subscriber, func(s *signals) bool {
			_, n := families(s.rising)
			return refusals(s.rising) && !s.named(nil) && n >= 2
		}, is("operator-backend"), func(s *signals) [2]bool {
			_, n := families(s.rising)
			return [2]bool{n == 3, !s.boundary}
		}, nil},
		{Wave, func(s *signals) bool {
			set, _ := families(s.rising)
			return refusals(s.rising) && set == expired && !s.named(nil) && s.boundary
		}, is("viewer"), func(s *signals) [2]bool { return [2]bool{s.turn, s.finding.Known} }, nil},
		{Sessions, func(s *signals) bool {
			e := s.rising[0].entry
			return e.DRM == codes.SSM && e.Category == "session" && !s.named(nil)
		}, is("drm-platform"), (*signals).alike, nil},
		{OneHost, func(s *signals) bool { return s.named(hostDimensions) || s.named(podDimensions) },
			is("infrastructure"), (*signals).alone, among(hostDimensions, podDimensions)},
		{Upstream, func(s *signals) bool { return s.named(upstreamDimensions) }, ofServer, (*signals).alone, among(upstreamDimensions)},
		{NewTenant, func(s *signals) bool {
			return s.named(tenantDimensions) && len(s.places()) == 1 && s.isNew(40*time.Minute)
		},
			is("operator-config"), (*signals).alone, among(tenantDimensions)},
		{Release, func(s *signals) bool { return s.named(appDimensions) || s.named(platformDimensions) },
			is("client-app"), (*signals).alone, among(appDimensions, platformDimensions)},
		{Tenant, func(s *signals) bool {
			_, n := families(s.rising)
			return s.named(tenantDimensions) && n >= 2
		}, is("operator-backend"), (*signals).alone, among(tenantDimensions)},
		{Tenant, func(s *signals) bool { return s.named(tenantDimensions) || s.named(countryDimensions) }, ofCode, (*signals).aloneOrDoubt, among(tenantDimensions, countryDimensions)},
		{KeyManager, func(s *signals) bool { return s.rising[0].entry.Category == "key-manager" },
			ofCode, func(s *signals) [2]bool { return [2]bool{s.slow(2), s.failing > .1} }, nil},
		{Overload, func(s *signals) bool { return s.timesPlays() >= 1.6 && s.slow(3) },
			ofCode, func(s *signals) [2]bool { return [2]bool{s.timesPlays() >= 2, s.failing > .1} }, func(s *signals) bool { return s.counted && s.before.p95 > 0 }},
		{Code, func(s *signals) bool { return true }, ofCode, (*signals).alike, nil},
	}
}

// granted reports whether as many plays are granted as is normal.
func (s *signals) granted() bool { return s.failing <= 1.5*s.before.failing+.01 }

// fault reports whether a code rose that is a fault.
func (s *signals) fault() bool {
	return slices.ContainsFunc(s.rising, func(r rising) bool { return r.entry.Outcome == "fault" })
}

// dimension returns the name of a place's dimension.
func (s *signals) dimension(p Place) string { return s.finding.names[p.Dimension] }

// named reports whether a value of one of the dimensions carries the rise; nil for
// any.
func (s *signals) named(dimensions []string) bool {
	return slices.ContainsFunc(s.places(), func(p Place) bool {
		return dimensions == nil || slices.Contains(dimensions, s.dimension(p))
	})
}

// alone are the signs of a named value.
func (s *signals) alone() [2]bool {
	if s.own != nil {
		return [2]bool{true, s.own.nats > sureNats}
	}
	return [2]bool{s.finding.Others, s.finding.Nats > sureNats}
}

// aloneOrDoubt are none for one family of refusals at one tenant: whether its viewers
// or its subscriber system are the cause, the code does not show.
func (s *signals) aloneOrDoubt() [2]bool {
	if refusals(s.rising) {
		return [2]bool{}
	}
	return s.alone()
}

// alike are the signs of a rise that is spread as the traffic.
func (s *signals) alike() [2]bool {
	r := s.rising[0]
	return [2]bool{s.finding.Known && !s.named(nil), r.clients >= 3*r.normal}
}

// isNew reports whether a named value was first seen so long ago at most.
func (s *signals) isNew(within time.Duration) bool {
	return slices.ContainsFunc(s.places(), func(p Place) bool { return s.fresh(p.first, within) })
}

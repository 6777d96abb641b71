package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"wvwatch/internal/codes"
)

// meanGap is the log's time between two lines: 500 lines a second.
const meanGap = 2 * time.Millisecond

// kinds returns the kinds of corpus.
func kinds() []string { return []string{"json", "text", "dense", "noise"} }

// generator writes one corpus, line by line.
type generator struct {
	kind    string
	rng     *rand.Rand
	reports []report
	truth   truth

	now    time.Time
	second int64  // the second that the stamps below are of
	iso    []byte // 2026-11-23T08:27:30
	clf    []byte // 23/Nov/2026:08:27:30 +0000
}

func newGenerator(kind string, seed uint64) (*generator, error) {
	if !slices.Contains(kinds(), kind) {
		return nil, fmt.Errorf("unknown kind %q: one of %s", kind, strings.Join(kinds(), ", "))
	}
	cat, err := codes.Load(codes.Config{})
	if err != nil {
		return nil, err
	}
	rng := rand.New(rand.NewPCG(seed, 0x77767761746368))
	return &generator{
		kind:    kind,
		rng:     rng,
		reports: reports(cat, rng),
		truth:   truth{counts: make(map[fact]int)},
		now:     time.Date(2026, time.November, 23, 8, 0, 0, 0, time.UTC),
	}, nil
}

// appendLine appends the next line, its newline included.
func (g *generator) appendLine(dst []byte) []byte {
	g.tick()
	g.truth.lines++
	switch g.kind {
	case "json":
		dst = g.appendProxyJSON(dst)
	case "text":
		dst = g.appendProxyText(dst)
	case "dense":
		dst = g.appendDense(dst)
	default:
		dst = g.appendNoise(dst)
	}
	return append(dst, '\n')
}

// tick moves the log's clock on; stamps are formatted once a second.
func (g *generator) tick() {
	g.now = g.now.Add(time.Duration(g.rng.Int64N(int64(2 * meanGap))))
	if s := g.now.Unix(); s != g.second {
		g.second = s
		g.iso = g.now.AppendFormat(g.iso[:0], "2006-01-02T15:04:05")
		g.clf = g.now.AppendFormat(g.clf[:0], "02/Jan/2006:15:04:05 -0700")
	}
}

// oneIn reports true once in n times.
func (g *generator) oneIn(n int) bool { return g.rng.IntN(n) == 0 }

// refusal picks the next refusal and takes note of its code.
func (g *generator) refusal() *report {
	r := &g.reports[g.rng.IntN(len(g.reports))]
	g.truth.add(r.fact)
	return r
}

// exchange is one request that the proxy passed on, and its answer.
type exchange struct {
	method, path string
	status       int
	refusal      *report // nil where the log holds no body of a refusal
}

// exchange makes up the next one and takes note of it where it is a licence
// request; refused ones carry their body.
func (g *generator) exchange(refused bool) exchange {
	x := exchange{method: "POST", path: licensePath, status: 200}
	if refused {
		x.refusal = g.refusal()
		x.status = x.refusal.status
		if x.refusal.drm == codes.SSM {
			x.path = sessionPath
			return x
		}
	} else {
		switch n := g.rng.IntN(1000); {
		case n < 20:
			return exchange{method: "GET", path: healthPath, status: 200}
		case n < 60:
			x.path = renewalPath
		case n < 70:
			x.status = 502 + 2*g.rng.IntN(2)
		case n < 75:
			x.status = 400 // the body was not logged
		}
	}
	g.truth.add(fact{"request", "widevine", outcome(x.status)})
	return x
}

// outcome is the daemon's word for the status of a licence answer.
func outcome(status int) string {
	switch status {
	case 200:
		return "granted"
	case 400:
		return "refused"
	case 500:
		return "failed"
	default:
		return "gateway"
	}
}

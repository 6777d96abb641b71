package daemon

import (
	"context"
	"log/slog"
	"os"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"wvwatch/internal/config"
	"wvwatch/internal/state/kafka"
	"wvwatch/internal/web"
)

// ErrDeposed is what Run returns where another member leads the daemon's group now. A
// new daemon waits to take over from that one.
var ErrDeposed = kafka.ErrDeposed

// group is the daemon's part in a consumer group of Kafka of which one member leads. A
// nil group is that of a daemon which is alone: it is never held and never a standby.
type group struct {
	*kafka.Store
	name    string
	standby atomic.Bool
}

func newGroup(store *kafka.Store, name string) *group {
	g := &group{Store: store, name: name}
	g.standby.Store(true)
	return g
}

// standsBy reports whether the daemon waits to take over.
func (g *group) standsBy() bool { return g != nil && g.standby.Load() }

// held reports whether the daemon must not evaluate rules or send alerts: another
// member may.
func (g *group) held() bool {
	if g == nil {
		return false
	}
	ok, _ := g.Leading()
	return !ok
}

// watch returns ErrDeposed when another member leads.
func (g *group) watch(ctx context.Context, log *slog.Logger) error {
	if g == nil {
		return nil
	}
	select {
	case <-ctx.Done():
		return nil
	case <-g.Lost():
		_, why := g.Leading()
		log.Warn("this daemon does not lead its group any more: it stops, and waits to take over again", "component", "daemon", "reason", why)
		return ErrDeposed
	}
}

// view returns the state of the group for the page; nil for none.
func (g *group) view() func() web.Group {
	if g == nil {
		return nil
	}
	return func() web.Group {
		members := g.Members()
		v := web.Group{Name: g.name, Role: "leader", Leader: members.Leader, Standbys: members.Standbys}
		if g.standsBy() {
			v.Role = "standby"
		}
		return v
	}
}

// collectors export the daemon's part in the group.
func (g *group) collectors() []prometheus.Collector {
	if g == nil {
		return nil
	}
	gauge := func(name, help string, value func() float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value)
	}
	return []prometheus.Collector{
		gauge("wvwatch_leader", "1 where this daemon leads its group of Kafka: it counts, answers scrapes and sends alerts; 0 for a standby.", func() float64 {
			if g.standsBy() || g.held() {
				return 0
			}
			return 1
		}),
		gauge("wvwatch_standbys", "Members of the group that are ready to take over, as of the last seconds.", func() float64 {
			return float64(len(g.Members().Standbys))
		}),
	}
}

// takeOver waits until this daemon leads its group, restores the last leader's
// checkpoint, and returns the configuration of that moment. Without a group it only does
// the latter.
func (d *Daemon) takeOver(ctx context.Context) (*config.Config, error) {
	if d.group == nil {
		return d.reloader.config, nil
	}
	led := make(chan struct{})
	go standBy(led)
	err := d.group.Lead(ctx)
	close(led)
	if err != nil {
		return nil, err
	}
	d.reloader.mu.Lock() // a reload waits
	defer d.reloader.mu.Unlock()
	d.group.standby.Store(false)
	return d.reloader.config, d.restore(d.reloader.config)
}

// standBy notifies the service manager that the daemon runs, and keeps it small while it
// only waits: the data it reads then is dropped with the next checkpoint.
func standBy(led <-chan struct{}) {
	if os.Getenv("GOGC") == "" {
		before := debug.SetGCPercent(20)
		defer debug.SetGCPercent(before)
	}
	tick := time.NewTicker(alertTick)
	defer tick.Stop()
	for n := 0; ; n++ {
		select {
		case <-tick.C:
			notifySystemd("WATCHDOG=1")
			if n%60 == 5 {
				debug.FreeOSMemory()
			}
		case <-led:
			return
		}
	}
}

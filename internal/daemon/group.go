package daemon

import (
	"context"
	"os"
	"runtime/debug"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"wvwatch/internal/config"
	"wvwatch/internal/state/kafka"
	"wvwatch/internal/web"
)

// ErrDeposed is what Run returns where another member leads the daemon's group now. A
// new daemon waits to take over from that one.
var ErrDeposed = kafka.ErrDeposed

// takeOver waits until this daemon leads its group, and takes up what the last leader
// saved. Where there is no group it does nothing.
func (d *Daemon) takeOver(ctx context.Context) error {
	if d.group == nil {
		return nil
	}
	led := make(chan struct{})
	go standBy(led)
	err := d.group.Lead(ctx)
	close(led)
	if err != nil {
		return err
	}
	d.mu.Lock() // a reload waits
	defer d.mu.Unlock()
	d.standby.Store(false)
	if err := d.begin(d.config); err != nil {
		return err
	}
	d.notifier.Restore(d.sent)
	return nil
}

// standBy tells the service manager that the daemon lives, and keeps it small while it
// only waits: what is read then is dropped with the next checkpoint.
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

// watchLeadership returns ErrDeposed when another member leads the group.
func (d *Daemon) watchLeadership(ctx context.Context) error {
	if d.group == nil {
		return nil
	}
	select {
	case <-ctx.Done():
		return nil
	case <-d.group.Lost():
		_, why := d.group.Leading()
		d.log.Warn("this daemon does not lead its group any more: it stops, and waits to take over again", "component", "daemon", "reason", why)
		return ErrDeposed
	}
}

// held reports whether the daemon must not judge rules or send alerts: another member
// of its group may.
func (d *Daemon) held() bool {
	if d.group == nil {
		return false
	}
	ok, _ := d.group.Leading()
	return !ok
}

// groupOf returns what the page shows of the group of cfg; nil for none.
func (d *Daemon) groupOf(cfg *config.Config) func() web.Group {
	group, ok := cfg.Group()
	if !ok {
		return nil
	}
	return func() web.Group {
		members := d.group.Members()
		g := web.Group{Name: group.Group, Role: "leader", Leader: members.Leader, Standbys: members.Standbys}
		if d.standby.Load() {
			g.Role = "standby"
		}
		return g
	}
}

// groupCollectors export this daemon's part in its group.
func (d *Daemon) groupCollectors() []prometheus.Collector {
	gauge := func(name, help string, value func() float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value)
	}
	return []prometheus.Collector{
		gauge("wvwatch_leader", "1 where this daemon leads its group of Kafka: it counts, answers scrapes and sends alerts; 0 for a standby.", func() float64 {
			if d.standby.Load() || d.held() {
				return 0
			}
			return 1
		}),
		gauge("wvwatch_standbys", "Members of the group that are ready to take over, as of the last seconds.", func() float64 {
			return float64(len(d.group.Members().Standbys))
		}),
	}
}

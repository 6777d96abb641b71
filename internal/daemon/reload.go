package daemon

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"reflect"
	"sync"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"wvwatch/internal/codes"
	"wvwatch/internal/config"
)

// filePoll is how often the configuration file is looked at. Looking at it by
// name also sees what a ConfigMap's symlink leads to.
const filePoll = 2 * time.Second

// watchReloads reloads on SIGHUP and when the configuration file changes.
func (d *Daemon) watchReloads(ctx context.Context) error {
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)
	tick := time.NewTicker(filePoll)
	defer tick.Stop()
	seen := stampOf(d.options.File)
	missed := false // at the last look: a file that is being replaced is back at the next
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-hangup:
		case <-tick.C:
			now := stampOf(d.options.File)
			replaced := now == (fileStamp{}) && !missed
			missed = now == (fileStamp{})
			if now == seen || replaced {
				continue
			}
			seen = now // a file that is gone fails to load, once
		}
		_ = d.reload(ctx) // told and counted there
	}
}

// fileStamp tells one content of a file from another.
type fileStamp struct {
	modified time.Time
	size     int64
}

func stampOf(file string) fileStamp {
	info, err := os.Stat(file)
	if file == "" || err != nil {
		return fileStamp{}
	}
	return fileStamp{info.ModTime(), info.Size()}
}

// reload reads the configuration again. A bad one changes nothing; of a good
// one no count, position or alert state is lost.
func (d *Daemon) reload(context.Context) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	notifySystemd(reloadingState())
	defer notifySystemd("READY=1")
	err := d.replace()
	d.reloads.add(err == nil)
	if err != nil {
		d.log.Error("configuration not reloaded, the old one stays", "component", "config", "err", err)
		return err
	}
	d.log.Info("configuration reloaded", "component", "config")
	return nil
}

// replace does what reload promises; the caller holds the lock.
func (d *Daemon) replace() error {
	cfg, err := d.options.Load()
	if err != nil {
		return err
	}
	cat, err := codes.Load(cfg.Codes)
	if err != nil {
		return err
	}
	if err := d.reloadAlerts(cfg, cat); err != nil {
		return err
	}
	if err := d.inputs.apply(cfg); err != nil { // as where a port is taken
		d.follower.restart() // some inputs may have been opened again
		return errors.Join(err, d.reloadAlerts(d.config, d.follower.catalogue()))
	}
	d.warnFixed(cfg)
	p := newPlan(cfg, cat)
	d.ledger.Reconfigure(cfg.Metrics, cat, p.names)
	d.publisher.reload(time.Now())
	d.export()
	d.follower.follow(p)
	d.config = cfg
	return nil
}

// reloadAlerts hands rules and receivers over.
func (d *Daemon) reloadAlerts(cfg *config.Config, cat *codes.Catalogue) error {
	if err := d.engine.Reload(cfg.Alerts, cat, alertSettings(cfg)); err != nil {
		return err
	}
	if err := d.notifier.Reload(cfg.Notify); err != nil {
		return fmt.Errorf("notify: %w", err)
	}
	return nil
}

// warnFixed names what only a restart changes.
func (d *Daemon) warnFixed(cfg *config.Config) {
	for _, fixed := range []struct {
		key      string
		old, new any
	}{{"web", d.config.Web, cfg.Web}, {"state", d.config.State, cfg.State}, {"log", d.config.Log, cfg.Log}} {
		if !reflect.DeepEqual(fixed.old, fixed.new) {
			d.log.Warn("changed, but takes effect at the next start only: "+fixed.key, "component", "config")
		}
	}
	for _, w := range cfg.Warnings() {
		d.log.Warn(w, "component", "config")
	}
}

// reloads counts reloads; the start is the first successful one.
type reloads struct {
	mu      sync.Mutex
	failed  bool
	success time.Time
}

var (
	reloadSuccessDesc = prometheus.NewDesc("wvwatch_config_last_reload_successful", "Whether the last attempt to load the configuration was successful.", nil, nil)
	reloadTimeDesc    = prometheus.NewDesc("wvwatch_config_last_reload_success_timestamp_seconds", "When the configuration was last loaded successfully.", nil, nil)
)

func (r *reloads) add(ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failed = !ok
	if ok {
		r.success = time.Now()
	}
}

// Describe implements prometheus.Collector.
func (r *reloads) Describe(out chan<- *prometheus.Desc) {
	out <- reloadSuccessDesc
	out <- reloadTimeDesc
}

// Collect implements prometheus.Collector.
func (r *reloads) Collect(out chan<- prometheus.Metric) {
	r.mu.Lock()
	defer r.mu.Unlock()
	ok := 1.0
	if r.failed {
		ok = 0
	}
	out <- prometheus.MustNewConstMetric(reloadSuccessDesc, prometheus.GaugeValue, ok)
	out <- prometheus.MustNewConstMetric(reloadTimeDesc, prometheus.GaugeValue, float64(r.success.UnixNano())/1e9)
}

package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"reflect"
	"slices"
	"sync"
	"syscall"
	"time"

	"wvwatch/internal/alert"
	"wvwatch/internal/alert/notify"
	"wvwatch/internal/codes"
	"wvwatch/internal/config"
	"wvwatch/internal/metrics"
)

// filePoll is how often the configuration file is looked at. Looking at it by
// name also sees a change of the target of a ConfigMap's symlink.
const filePoll = 2 * time.Second

// reloader replaces the configuration.
type reloader struct {
	load       func() (*config.Config, error)
	file       string // empty for none
	log        *slog.Logger
	ledger     *metrics.Ledger
	engine     *alert.Engine
	notifier   *notify.Notifier
	inputs     *inputs
	follower   *follower
	publisher  *publisher
	registries *registries
	reloads    reloads

	mu     sync.Mutex // held by a reload
	config *config.Config
}

// run reloads on SIGHUP and when the configuration file changes, until ctx is done.
func (r *reloader) run(ctx context.Context) error {
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)
	tick := time.NewTicker(filePoll)
	defer tick.Stop()
	seen := stampOf(r.file)
	missed := false // at the last look: a file that is being replaced is back at the next
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-hangup:
		case <-tick.C:
			now := stampOf(r.file)
			replaced := now == (fileStamp{}) && !missed
			missed = now == (fileStamp{})
			if now == seen || replaced {
				continue
			}
			seen = now // a file that is gone fails to load, once
		}
		_ = r.reload(ctx) // logged and counted there
	}
}

// reload reads the configuration again. A bad one changes nothing; of a good
// one no count, position or alert state is lost.
func (r *reloader) reload(context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	notifySystemd(reloadingState())
	defer notifySystemd("READY=1")
	err := r.replace()
	r.reloads.add(err == nil)
	if err != nil {
		r.log.Error("configuration not reloaded, the old one stays", "component", "config", "err", err)
		return err
	}
	r.log.Info("configuration reloaded", "component", "config")
	return nil
}

// replace does what reload promises. The caller holds the lock.
func (r *reloader) replace() error {
	cfg, err := r.load()
	if err != nil {
		return err
	}
	cat, err := codes.Load(cfg.Codes)
	if err != nil {
		return err
	}
	if err := r.reloadAlerts(cfg, cat); err != nil {
		return err
	}
	if err := r.inputs.apply(cfg); err != nil { // as where a port is taken
		r.follower.restart() // some inputs may have been opened again
		return errors.Join(err, r.reloadAlerts(r.config, r.follower.catalogue()))
	}
	r.warnFixed(cfg)
	p := newPlan(cfg, cat)
	r.ledger.Reconfigure(cfg.Metrics, cat, p.names)
	r.publisher.reload(time.Now())
	r.registries.relabel()
	r.follower.follow(p)
	r.config = cfg
	return nil
}

// reloadAlerts hands rules and receivers over.
func (r *reloader) reloadAlerts(cfg *config.Config, cat *codes.Catalogue) error {
	if err := r.engine.Reload(cfg.Alerts, cat, alertSettings(cfg)); err != nil {
		return err
	}
	if err := r.notifier.Reload(cfg.Notify); err != nil {
		return fmt.Errorf("notify: %w", err)
	}
	return nil
}

// warnFixed names what only a restart changes.
func (r *reloader) warnFixed(cfg *config.Config) {
	for _, fixed := range []struct {
		key      string
		old, new any
	}{{"web", r.config.Web, cfg.Web}, {"state", r.config.State, cfg.State}, {"log", r.config.Log, cfg.Log}} {
		if !reflect.DeepEqual(fixed.old, fixed.new) {
			r.log.Warn("changed, but takes effect at the next start only: "+fixed.key, "component", "config")
		}
	}
	if groupChanged(r.config, cfg) {
		r.log.Warn("topics or connection of the group changed: records are read by the new ones, but membership, offsets for lag tools and the checkpoint keep the old ones until the next start", "component", "config")
	}
	for _, w := range cfg.Warnings() {
		r.log.Warn(w.Error(), "component", "config")
	}
}

// groupChanged reports whether the group that keeps the checkpoint has other topics, another
// name or another connection.
func groupChanged(before, after *config.Config) bool {
	was, kept := before.Group()
	is, keeps := after.Group()
	was.Start, is.Start = "", "" // of the sources
	slices.Sort(was.Topics)
	slices.Sort(is.Topics)
	return kept && keeps && !reflect.DeepEqual(was, is)
}

// fileStamp identifies the content of a file.
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

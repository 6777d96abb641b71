// Package daemon is wvwatch run: it follows the configured sources, counts what the
// parser finds, judges the rules, answers scrapes and saves checkpoints, until its
// context is done.
//
// It is the wiring: counts and positions are in the ledger, and whoever needs either
// takes a snapshot. It promises that a line is counted once over restarts, that
// scrapers are shown saved counts only, and that a bad configuration on a reload
// changes nothing. Signals other than SIGHUP, the exit status and the command line are
// the caller's.
package daemon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	dto "github.com/prometheus/client_model/go"
	"golang.org/x/sync/errgroup"

	"wvwatch/internal/alert"
	"wvwatch/internal/alert/notify"
	"wvwatch/internal/codes"
	"wvwatch/internal/config"
	"wvwatch/internal/input"
	"wvwatch/internal/metrics"
	"wvwatch/internal/state"
	"wvwatch/internal/state/kafka"
	"wvwatch/internal/web"
)

// alertTick is how often the rules are judged. A judgement costs microseconds;
// what is slow is a person who hears of a failure late.
const alertTick = time.Second

// Options are what a Daemon is built of.
type Options struct {
	Load   func() (*config.Config, error) // called at the start and on every reload
	File   string                         // the configuration file, watched for changes; empty for none
	Stderr io.Writer                      // of the configured logger
	Log    *slog.Logger                   // instead of the configured logger; nil for that one
	Alerts func([]alert.Transition)       // called with what an evaluation changed, by one goroutine; may be nil
	Build  Build
}

// Daemon is everything that runs, wired together. One lock-step rule holds it
// together: the ledger has counts and positions, whoever needs either takes a
// snapshot.
type Daemon struct {
	options  Options
	log      *slog.Logger
	store    checkpoints
	group    *kafka.Store // the same store, where it is in Kafka; nil for a directory
	standby  atomic.Bool  // another member leads the group
	ledger   *metrics.Ledger
	engine   *alert.Engine
	notifier *notify.Notifier
	inputs   *inputs
	follower *follower
	server   *web.Server
	reloads  reloads

	publisher *publisher

	own      *prometheus.Registry                // series of this process, which a standby has too
	constant *prometheus.Registry                // series that no reload changes
	counted  atomic.Pointer[prometheus.Registry] // those whose labels a reload may change

	changed chan chan struct{} // asks for a checkpoint, and is told when there is one
	sent    []notify.Sent      // by the last run, until the notifier has it

	mu     sync.Mutex // held by a reload
	config *config.Config
}

// New builds a daemon, locks the state directory and opens the listeners. The caller
// runs it: Run closes them.
func New(o Options) (*Daemon, error) {
	cfg, err := o.Load()
	if err != nil {
		return nil, err
	}
	cat, err := codes.Load(cfg.Codes)
	if err != nil {
		return nil, err
	}
	d := &Daemon{options: o, config: cfg, log: o.Log, own: prometheus.NewRegistry(), constant: prometheus.NewRegistry(), changed: make(chan chan struct{}, 1)}
	if d.log == nil {
		d.log = cfg.Log.Logger(o.Stderr)
	}
	for _, w := range cfg.Warnings() {
		d.log.Warn(w, "component", "config")
	}
	p := newPlan(cfg, cat)
	d.ledger = metrics.New(cfg.Metrics, cat, p.names)
	d.inputs = &inputs{log: d.log, positions: d.ledger.Positions}
	d.follower = &follower{ledger: d.ledger, inputs: d.inputs, samples: newSamples(cfg.Web), lags: metrics.NewLags(time.Now), log: d.log, plan: p, binary: newBinaryBlocks(d.log)}
	d.publisher = &publisher{ledger: d.ledger, files: d.follower.stats, counts: d.follower.counts, write: d.write, log: d.log}
	d.server = web.New(cfg.Web, web.Deps{
		Gatherer:       prometheus.Gatherers{d.own, d.constant, prometheus.GathererFunc(d.gather)},
		Registerer:     d.constant,
		Ready:          d.Ready,
		Standby:        d.standby.Load,
		Own:            d.own,
		Group:          d.groupOf(cfg),
		Reload:         d.reload,
		Version:        o.Build.Version,
		ExternalLabels: func() map[string]string { return d.engine.ExternalLabels() },
		Snapshot:       d.ledger.Snapshot,
		Catalogue:      d.follower.catalogue,
		States:         func() []alert.Status { return d.engine.States() },
		Alerts:         func() []alert.Alert { return d.engine.Resolved() },
		Mutes:          func(now time.Time) []alert.Mute { return d.engine.Mutes(now) },
		Unwatched:      func() []alert.Unwatched { return d.engine.Unwatched() },
		Accept:         d.accept,
		Receivers:      func() []notify.Receiver { return d.notifier.Receivers() },
		Periods:        func() []alert.Period { return d.engine.Periods() },
		Samples:        d.follower.samples.All,
		Positions:      d.ledger.Positions,
		Stats:          d.follower.stats,
		Inputs:         d.inputs.stats,
		Lag:            d.follower.lags.Of,
	}, d.log)
	if err := d.server.Listen(); err != nil {
		return nil, err
	}
	// The alerts' links lead to where the listeners are.
	if d.engine, err = alert.New(cfg.Alerts, cat, alert.Options{Log: d.log, Runbooks: d.server.Runbooks(), Settings: alertSettings(cfg)}); err != nil {
		d.server.Close()
		return nil, err
	}
	if err := d.open(cfg); err != nil {
		return nil, err
	}
	if d.notifier, err = notify.New(cfg.Notify, notify.Options{Log: d.log, GeneratorURL: d.server.ExternalURL(), Delivered: d.delivered, Held: d.held}); err != nil {
		d.close()
		return nil, err
	}
	d.notifier.Restore(d.sent)
	d.own.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), o.Build.collector())
	if d.group != nil {
		d.own.MustRegister(d.groupCollectors()...)
	}
	d.constant.MustRegister(d.engine, d.notifier, state.NewCollector(d.store.Stats), input.NewCollector(d.inputs.stats), &d.reloads, d.follower.binary, d.follower.lags)
	d.export()
	d.reloads.add(true)
	return d, nil
}

// newSamples returns where records are kept for the page; nil where it shows none.
func newSamples(cfg web.Config) *metrics.Samples {
	if cfg.Samples == web.SamplesNone {
		return nil
	}
	return metrics.NewSamples()
}

// alertSettings are what a configuration says of all rules.
func alertSettings(cfg *config.Config) alert.Settings {
	return alert.Settings{ExternalLabels: alert.Identity(cfg.ExternalLabels), Mutes: cfg.Mute}
}

// accept ends alerts that a person takes for normal.
func (d *Daemon) accept(_ context.Context, rule string, labels map[string]string) ([]map[string]string, error) {
	ended, err := d.engine.Accept(rule, labels)
	if err == nil {
		d.log.Info("alert accepted", "component", "alert", "rule", rule, "alerts", len(ended))
	}
	return ended, err
}

// open takes the state directory and restores what is in it. Where the checkpoint is in
// Kafka, that waits until this daemon leads its group: see takeOver.
func (d *Daemon) open(cfg *config.Config) error {
	if group, ok := cfg.Group(); ok {
		store, err := kafka.Open(group, kafka.Options{Log: d.log})
		if err != nil {
			d.server.Close()
			return err
		}
		d.store, d.group = store, store
		d.standby.Store(true)
		d.publisher.start(time.Now())
		return nil
	}
	dir, err := cfg.State.Resolve(os.Getenv)
	if err != nil {
		d.server.Close()
		return err
	}
	store, err := state.Open(dir, nil)
	if err != nil {
		d.server.Close()
		return err
	}
	d.store = store
	d.inputs.dir = dir
	if err := d.begin(cfg); err != nil {
		d.close()
		return err
	}
	return nil
}

// begin restores the checkpoint and opens the inputs.
func (d *Daemon) begin(cfg *config.Config) error {
	if err := d.restore(); err != nil {
		return err
	}
	d.publisher.start(time.Now())
	return d.inputs.apply(cfg)
}

func (d *Daemon) close() {
	d.inputs.closeAll()
	d.server.Close()
	_ = d.store.Close() // gives the lock back; nothing was written
}

// restore takes up the last run's counts, positions and alerts.
func (d *Daemon) restore() error {
	c, err := d.store.Load()
	var damaged *state.DamagedError
	switch {
	case errors.As(err, &damaged):
		d.log.Error("checkpoint not usable", "component", "state", "err", err)
	case err != nil:
		return err
	}
	d.ledger.Restore(c.Metrics)
	d.follower.restore(c.Metrics.Files)
	if len(c.Alerts) == 0 {
		return nil
	}
	var saved savedAlerts
	if err := json.Unmarshal(c.Alerts, &saved); err != nil {
		d.log.Error("alert states in the checkpoint not usable: all rules begin inactive", "component", "state", "err", err)
		return nil
	}
	d.sent = saved.Sent
	return d.engine.Restore(saved.Saved)
}

// savedAlerts is what a checkpoint keeps of alerts.
type savedAlerts struct {
	alert.Saved
	Sent []notify.Sent `json:"sent,omitempty"` // to webhooks
}

// delivered has it saved that a webhook was sent an alert, without waiting for
// that.
func (d *Daemon) delivered() {
	select {
	case d.changed <- make(chan struct{}):
	default: // the checkpoint that is due comes after the delivery
	}
}

// Run runs the daemon until ctx is done. It is called once. The reader stops first; then all is
// saved; the server and the notifier go last, so that a scrape in between still
// sees true counts.
func (d *Daemon) Run(ctx context.Context) error {
	outer, stopOuter := context.WithCancel(context.WithoutCancel(ctx))
	defer stopOuter()
	var edge errgroup.Group
	inner, stopInner := context.WithCancel(ctx)
	defer stopInner()
	edge.Go(func() error {
		defer stopInner()
		return d.server.Run(outer)
	})
	edge.Go(func() error { return d.notifier.Run(outer) })

	notifySystemd("READY=1")
	if err := d.takeOver(inner); err != nil {
		stopOuter()
		if inner.Err() != nil { // a stop is no failure
			err = nil
		}
		return errors.Join(err, edge.Wait(), d.store.Close())
	}
	core, inner := errgroup.WithContext(inner)
	core.Go(func() error { return d.inputs.run(inner) })
	core.Go(func() error { return d.follower.run(inner) })
	core.Go(func() error { return d.judge(inner) })
	core.Go(func() error { return d.saveEvery(inner) })
	core.Go(func() error { return d.watchReloads(inner) })
	core.Go(func() error { return d.watchLeadership(inner) })
	d.logStart()
	err := core.Wait()
	if errors.Is(err, errEnded) {
		err = nil
	}

	if !errors.Is(err, ErrDeposed) {
		notifySystemd("STOPPING=1")
		err = errors.Join(err, d.publisher.save())
		d.notifier.Send(d.engine.Alerts())
	}
	stopOuter()
	err = errors.Join(err, edge.Wait(), d.store.Close())
	d.log.Info("stopped", "component", "daemon")
	return err
}

// judge evaluates the rules and tells the receivers, and the service manager
// that it still does.
func (d *Daemon) judge(ctx context.Context) error {
	tick := time.NewTicker(alertTick)
	defer tick.Stop()
	backlogs, offsets, overflows := backlogs{log: d.log}, offsets{log: d.log}, overflows{log: d.log}
	lates := lates{log: d.log}
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-tick.C:
			if d.held() {
				continue // another member may judge by now
			}
			behind := d.follower.behind()
			backlogs.tell(now, behind, d.follower.stats())
			d.ledger.Settle(now, func(source string) bool { return slices.Contains(behind, source) }, d.follower.lags.Lateness)
			changes := d.engine.Evaluate(now, alert.Ledger{Snapshot: d.ledger.Snapshot(now), Behind: behind})
			if len(changes) > 0 {
				d.keep(ctx)
			}
			if d.held() {
				continue
			}
			d.notifier.Send(d.engine.Alerts())
			if d.options.Alerts != nil && len(changes) > 0 {
				d.options.Alerts(changes)
			}
			overflows.look(now, d.ledger.Snapshot(now).LabelOverflow())
			offsets.look(now, d.follower.names(), d.follower.lags.Of)
			lates.look(d.follower.names(), d.follower.lags.Lateness, d.engine.Shorter)
			d.publisher.look(now)
			if d.inputs.pressing() {
				d.saveSoon()
			}
			notifySystemd("WATCHDOG=1")
		}
	}
}

// saveSoon asks for a checkpoint without waiting for it.
func (d *Daemon) saveSoon() {
	select {
	case d.changed <- make(chan struct{}):
	default: // one is asked for already
	}
}

// keep has the states of the alerts saved before anybody is told of them: a
// daemon that is killed must know at its next start what it has said. It waits no
// longer than a tick, since a disk that hangs must not keep an alert back.
func (d *Daemon) keep(ctx context.Context) {
	kept := make(chan struct{})
	select {
	case d.changed <- kept:
	default:
		return // the last one still waits for the disk
	}
	late := time.NewTimer(alertTick)
	defer late.Stop()
	select {
	case <-kept:
	case <-late.C:
	case <-ctx.Done():
	}
}

// quietSave is how often a checkpoint is written while nothing is read.
const quietSave = time.Minute

// saveEvery writes a checkpoint at every interval in which something changed,
// whenever an alert has changed, and as soon as a new file was read: without a
// saved position a file is not recognised after a rename. A failure is
// counted and logged by the publisher; the daemon goes on, since counting matters more.
func (d *Daemon) saveEvery(ctx context.Context) error {
	d.mu.Lock()
	tick := time.NewTicker(d.config.State.Interval)
	d.mu.Unlock()
	defer tick.Stop()
	var saved time.Time
	for {
		var kept chan struct{}
		select {
		case <-ctx.Done():
			return nil
		case kept = <-d.changed:
		case <-d.ledger.Added():
			// One checkpoint for the many files of a new directory.
			if !sleep(ctx, time.Until(saved.Add(saveGap))) {
				return nil
			}
		case <-tick.C:
			if !d.publisher.changed() && time.Since(saved) < quietSave {
				continue
			}
		}
		if d.publisher.save() == nil {
			saved = time.Now()
		}
		if kept != nil {
			close(kept)
		}
	}
}

// sleep waits for d, and reports whether ctx is not done.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// write puts st and the states of the alerts on disk.
func (d *Daemon) write(st metrics.State) error {
	alerts, err := json.Marshal(savedAlerts{d.engine.State(), d.notifier.State()})
	if err != nil {
		return fmt.Errorf("save alert states: %w", err)
	}
	if err := d.store.Save(state.Checkpoint{Metrics: st, Alerts: alerts}); err != nil {
		return err
	}
	d.inputs.saved(st)
	return nil
}

// Ready reports whether all that was written before the start is counted, and if not,
// why: until then a counter could be lower than what a scraper saw of the last run.
func (d *Daemon) Ready() (bool, string) {
	if d.group != nil {
		if ok, why := d.group.Leading(); !ok {
			return false, why
		}
	}
	if d.follower.caught.Load() {
		return true, ""
	}
	return false, "reading what was written before the start"
}

// export builds the registry of the series whose labels the configuration names.
func (d *Daemon) export() {
	r := prometheus.NewRegistry()
	r.MustRegister(instanceInfo(d.engine.ExternalLabels()))
	r.MustRegister(metrics.NewCollector(d.ledger, metrics.CollectorOptions{Scrape: d.publisher.scrape}))
	d.counted.Store(r)
}

func (d *Daemon) gather() ([]*dto.MetricFamily, error) { return d.counted.Load().Gather() }

// URLs returns where the daemon listens, in the order of the configuration.
func (d *Daemon) URLs() []string { return d.server.URLs() }

// Snapshot returns what is counted at now.
func (d *Daemon) Snapshot(now time.Time) metrics.Snapshot { return d.ledger.Snapshot(now) }

// States returns the state of every rule.
func (d *Daemon) States() []alert.Status { return d.engine.States() }

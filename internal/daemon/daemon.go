// Package daemon is wvwatch run: it follows the configured sources, counts what the
// parser finds, evaluates the rules, answers scrapes and saves checkpoints, until its
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
	"errors"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus/collectors"
	"golang.org/x/sync/errgroup"
	"golang.org/x/time/rate"

	"wvwatch/internal/alert"
	"wvwatch/internal/alert/notify"
	"wvwatch/internal/codes"
	"wvwatch/internal/config"
	"wvwatch/internal/input"
	"wvwatch/internal/metrics"
	"wvwatch/internal/series"
	"wvwatch/internal/state"
	"wvwatch/internal/state/kafka"
	"wvwatch/internal/web"
)

// Options configure a Daemon.
type Options struct {
	Load   func() (*config.Config, error) // called at the start and on every reload
	File   string                         // the configuration file, watched for changes; empty for none
	Stderr io.Writer                      // of the configured logger
	Log    *slog.Logger                   // instead of the configured logger; nil for that one
	Alerts func([]alert.Transition)       // called with the transitions of an evaluation, by one goroutine; may be nil
	Build  Build
}

// Daemon is everything that runs, wired together.
type Daemon struct {
	build     Build
	log       *slog.Logger
	listeners *web.Listeners
	store     checkpoints
	group     *group // nil where the checkpoint is in a directory
	ledger    *metrics.Ledger
	engine    *alert.Engine
	notifier  *notify.Notifier
	inputs    *inputs
	follower  *follower
	publisher *publisher
	saver     *saver
	evaluator *evaluator
	reloader  *reloader
	server    *web.Server
}

// New opens the listeners, locks the state directory, wires a daemon and restores the
// checkpoint; a checkpoint in Kafka is restored by Run, when this daemon leads its
// group. Nothing is read yet. The caller runs it: Run closes what is open.
func New(o Options) (_ *Daemon, err error) {
	cfg, err := o.Load()
	if err != nil {
		return nil, err
	}
	cat, err := codes.Load(cfg.Codes)
	if err != nil {
		return nil, err
	}
	d := &Daemon{build: o.Build, log: o.Log}
	if d.log == nil {
		d.log = cfg.Log.Logger(o.Stderr)
	}
	for _, w := range cfg.Warnings() {
		d.log.Warn(w.Error(), "component", "config")
	}
	defer func() {
		if err != nil {
			d.close()
		}
	}()
	if d.listeners, err = web.Listen(cfg.Web); err != nil {
		return nil, err
	}
	dir, err := d.openStore(cfg)
	if err != nil {
		return nil, err
	}
	// The links of alerts lead to where the listeners are.
	d.engine, err = alert.New(cfg.Alerts, cat, alert.Options{
		Log: d.log, Runbooks: d.listeners.Runbooks(), Settings: alertSettings(cfg), Judge: d.judge,
	})
	if err != nil {
		return nil, err
	}
	requests := newSaveRequests()
	d.notifier, err = notify.New(cfg.Notify, notify.Options{Log: d.log, GeneratorURL: d.listeners.ExternalURL(), Delivered: requests.soon, Held: d.group.held})
	if err != nil {
		return nil, err
	}
	p := newPlan(cfg, cat)
	d.ledger = metrics.New(cfg.Metrics, cat, p.names)
	d.inputs = &inputs{log: d.log, dir: dir, positions: d.ledger.Positions}
	d.wire(o, cfg, p, requests)
	if d.group == nil {
		if err := d.restore(cfg); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// openStore takes the state directory and returns it, or prepares the store in Kafka.
func (d *Daemon) openStore(cfg *config.Config) (dir string, err error) {
	if in, ok := cfg.Group(); ok {
		store, err := kafka.Open(in, kafka.Options{Log: d.log})
		if err != nil {
			return "", err
		}
		d.store, d.group = store, newGroup(store, in.Group)
		return "", nil
	}
	if dir, err = cfg.State.Resolve(os.Getenv); err != nil {
		return "", err
	}
	store, err := state.Open(dir, nil)
	if err != nil {
		return "", err
	}
	d.store = store
	return dir, nil
}

// restore loads the checkpoint of the last run, or the last leader, and opens the inputs.
func (d *Daemon) restore(cfg *config.Config) error {
	saved, err := loadCheckpoint(d.store, d.log)
	if err != nil {
		return err
	}
	if err := d.engine.Restore(saved.alerts.Saved); err != nil {
		return err
	}
	d.notifier.Restore(saved.alerts.Sent)
	d.ledger.Restore(saved.metrics)
	d.follower.restore(saved.metrics.Files)
	d.inputs.restore(saved.metrics.Inputs)
	d.publisher.start(time.Now())
	return d.inputs.apply(cfg)
}

// wire builds the parts that can not fail, each from the ones above it.
func (d *Daemon) wire(o Options, cfg *config.Config, p *plan, requests saveRequests) {
	d.follower = &follower{
		ledger: d.ledger, inputs: d.inputs, samples: newSamples(cfg.Web), lags: metrics.NewLags(time.Now), log: d.log,
		plan: p, binary: newBinaryBlocks(d.log),
	}
	writer := &checkpointWriter{store: d.store, engine: d.engine, notifier: d.notifier, inputs: d.inputs}
	d.publisher = &publisher{
		ledger: d.ledger, files: d.follower.stats, counts: d.follower.counts, pushed: d.inputs.counts, write: writer.write, advice: adviceDirectory,
		log: d.log, errors: rate.Sometimes{Interval: complainGap},
	}
	if d.group != nil {
		d.publisher.advice = adviceKafka
	}
	d.publisher.start(time.Now())
	d.saver = &saver{publisher: d.publisher, requests: requests, added: d.ledger.Added(), every: cfg.State.Interval}
	d.evaluator = &evaluator{
		ledger: d.ledger, engine: d.engine, notifier: d.notifier, inputs: d.inputs, follower: d.follower, publisher: d.publisher,
		requests: requests, group: d.group, observe: o.Alerts, log: d.log,
	}
	registries := newRegistries(d.engine.ExternalLabels)
	d.reloader = &reloader{
		load: o.Load, file: o.File, log: d.log, config: cfg,
		ledger: d.ledger, engine: d.engine, notifier: d.notifier, inputs: d.inputs, follower: d.follower, publisher: d.publisher, registries: registries, reloads: newReloads(),
	}
	d.reloader.reloads.add(true)
	registries.own.MustRegister(goCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), o.Build.collector())
	registries.own.MustRegister(d.group.collectors()...)
	registries.fixed.MustRegister(d.notifier, state.NewCollector(d.store.Stats), input.NewCollector(d.publishedInputs),
		d.reloader.reloads.successful, d.reloader.reloads.succeeded, d.follower.binary, d.follower.lags)
	d.server = web.New(d.listeners, web.Deps{
		Gatherer:       registries,
		Registerer:     registries.fixed,
		Series:         []series.Source{metrics.NewCollector(d.ledger, metrics.CollectorOptions{Scrape: d.publisher.scrape}), d.engine},
		Ready:          d.Ready,
		Standby:        d.group.standsBy,
		Own:            registries.own,
		Group:          d.group.view(),
		Reload:         d.reloader.reload,
		Version:        o.Build.Version,
		ExternalLabels: d.engine.ExternalLabels,
		Snapshot:       d.ledger.Snapshot,
		Catalogue:      d.follower.catalogue,
		States:         d.engine.States,
		Alerts:         d.engine.Resolved,
		Mutes:          d.engine.Mutes,
		Unwatched:      d.engine.Unwatched,
		Accept:         d.evaluator.accept,
		Receivers:      d.notifier.Receivers,
		Periods:        d.engine.Periods,
		Samples:        d.follower.samples.All,
		Positions:      d.ledger.Positions,
		Stats:          d.follower.stats,
		Inputs:         d.inputs.stats,
		Lag:            d.follower.lags.Of,
		Verdict:        d.verdict,
		Breakdown:      d.breakdown,
	}, d.log)
}

// publishedInputs returns the figures of the inputs, with the counters of the last scrape:
// those that are not saved could go back after a kill.
func (d *Daemon) publishedInputs() map[string]input.Stats {
	published := d.publisher.inputs()
	all := d.inputs.stats()
	for name, st := range all {
		st.Counts = published[name]
		all[name] = st
	}
	return all
}

// alertSettings are the settings of a configuration for all rules.
func alertSettings(cfg *config.Config) alert.Settings {
	return alert.Settings{ExternalLabels: alert.Identity(cfg.ExternalLabels), Mutes: cfg.Mute, Verdicts: cfg.Blame.InAlerts, VerdictLabels: cfg.Blame.Labels}
}

// close closes what New has opened.
func (d *Daemon) close() {
	if d.inputs != nil {
		d.inputs.closeAll()
	}
	if d.store != nil {
		_ = d.store.Close() // gives the lock back; nothing was written
	}
	if d.listeners != nil {
		d.listeners.Close()
	}
}

// Run runs the daemon until ctx is done. It is called once. The reader stops first;
// then all is saved; the server and the notifier go last, so that a scrape in between
// still sees true counts.
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
	cfg, err := d.takeOver(inner)
	if err != nil {
		if inner.Err() != nil { // a stop is no failure
			err = nil
		}
		stopOuter()
		return errors.Join(err, edge.Wait(), d.store.Close())
	}
	core, inner := errgroup.WithContext(inner)
	core.Go(func() error { return d.inputs.run(inner) })
	core.Go(func() error { return d.follower.run(inner) })
	core.Go(func() error { return d.evaluator.run(inner) })
	core.Go(func() error { return d.saver.run(inner) })
	core.Go(func() error { return d.reloader.run(inner) })
	core.Go(func() error { return d.group.watch(inner, d.log) })
	d.logStart(cfg)
	err = core.Wait()
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

// URLs returns where the daemon listens, in the order of the configuration.
func (d *Daemon) URLs() []string { return d.listeners.URLs() }

// Ready reports whether all that was written before the start is counted, and if not,
// why.
func (d *Daemon) Ready() (bool, string) {
	if d.group != nil {
		if ok, why := d.group.Leading(); !ok {
			return false, why
		}
	}
	return d.follower.ready()
}

// Snapshot returns the counts at now.
func (d *Daemon) Snapshot(now time.Time) metrics.Snapshot { return d.ledger.Snapshot(now) }

// States returns the state of every rule.
func (d *Daemon) States() []alert.Status { return d.engine.States() }

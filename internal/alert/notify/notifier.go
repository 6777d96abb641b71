package notify

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"wvwatch/internal/alert"
)

// Options are what a Notifier needs beside its configuration.
type Options struct {
	Log          *slog.Logger // nil for none
	GeneratorURL string       // the daemon's page, for whoever reads an alert; may be empty
}

// Notifier tells every receiver every alert. Its methods may be called
// concurrently.
type Notifier struct {
	log          *slog.Logger
	generatorURL string
	descs        descs

	mu       sync.Mutex
	queued   map[string]queuedAlert // by identity: what was last put into the queues
	counts   map[string]*counts     // by receiver; they outlive a reload
	targets  []*target
	replaced chan struct{} // closed when targets are
	dropped  limiter
}

// queuedAlert remembers what receivers have been told, or will be.
type queuedAlert struct {
	starts, resolved time.Time
	at               time.Time
}

// New returns a notifier for a configuration that has passed Validate. Nothing
// is sent before Run.
func New(c Config, o Options) (*Notifier, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	n := &Notifier{
		log:          o.Log.With("component", "notify"),
		generatorURL: o.GeneratorURL,
		descs:        newDescs(),
		counts:       make(map[string]*counts),
	}
	return n, n.Reload(c)
}

// Reload changes to other receivers. What is queued for the present ones is
// sent for up to Grace more; the next Send tells the new ones everything. On an
// error nothing has changed.
func (n *Notifier) Reload(c Config) error {
	var senders []sender
	var names []string
	for _, raw := range c.Alertmanager.URLs {
		client, err := newClient(c.Alertmanager)
		if err != nil {
			return fmt.Errorf("prepare client for alertmanager: %w", err)
		}
		senders = append(senders, &alertmanager{base(raw), client, n.generatorURL})
		names = append(names, base(raw))
	}
	n.replace("alertmanager", names, senders)
	return nil
}

// replace puts other targets in the place of the present ones.
func (n *Notifier) replace(integration string, names []string, senders []sender) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.targets = nil
	for i, s := range senders {
		key := integration + " " + names[i]
		c := n.counts[key]
		if c == nil {
			c = newCounts(integration, names[i])
			n.counts[key] = c
		}
		n.targets = append(n.targets, &target{sender: s, queue: newQueue(capacity), counts: c, log: n.log})
	}
	n.queued = make(map[string]queuedAlert)
	if n.replaced != nil {
		close(n.replaced)
	}
	n.replaced = make(chan struct{})
}

// Run sends what is queued until ctx ends, then for up to Grace what is left,
// and returns nil. It does not resolve what fires: that the daemon ends says
// nothing about the licence server.
func (n *Notifier) Run(ctx context.Context) error {
	for {
		n.mu.Lock()
		targets, replaced := n.targets, n.replaced
		n.mu.Unlock()

		generation, end := context.WithCancel(ctx)
		var running sync.WaitGroup
		for _, t := range targets {
			running.Go(func() { t.run(generation) })
		}
		select {
		case <-replaced:
		case <-ctx.Done():
		}
		end()
		running.Wait()
		if ctx.Err() != nil {
			return nil
		}
	}
}

// Send takes note of the alerts that fire, and of those resolved lately. It
// never blocks. It is to be called at every evaluation with all of
// Engine.Alerts: what is new or has changed is queued at once, the rest when
// Resend has passed, resolved ones for alert.ResolvedFor.
func (n *Notifier) Send(alerts []alert.Alert) {
	n.mu.Lock()
	defer n.mu.Unlock()
	now := time.Now()
	for _, a := range alerts {
		if !a.ResolvedAt.IsZero() && now.Sub(a.ResolvedAt) > alert.ResolvedFor {
			continue
		}
		key := identity(a.Labels)
		last := n.queued[key]
		if last.starts.Equal(a.StartsAt) && last.resolved.Equal(a.ResolvedAt) && now.Sub(last.at) < Resend {
			continue
		}
		n.queued[key] = queuedAlert{a.StartsAt, a.ResolvedAt, now}
		for _, t := range n.targets {
			if dropped := t.queue.push(key, a); dropped > 0 {
				t.counts.dropped(dropped)
				if n.dropped.allow(now) {
					n.log.Warn("queue of alerts is full, the oldest are dropped", "reason", t.counts.name)
				}
			}
		}
	}
	maps.DeleteFunc(n.queued, func(_ string, q queuedAlert) bool { return now.Sub(q.at) > lifetime })
}

// identity writes labels in one form.
func identity(labels map[string]string) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		fmt.Fprintf(&b, "%q=%q,", name, labels[name])
	}
	return b.String()
}

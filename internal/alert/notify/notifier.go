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

	"github.com/prometheus/client_golang/prometheus"

	"wvwatch/internal/alert"
)

// Options are what a Notifier needs besides its configuration.
type Options struct {
	Log          *slog.Logger // nil for none
	GeneratorURL string       // the daemon's page, for whoever reads an alert; may be empty
	// Delivered is called after a receiver that State keeps messages of has taken
	// one, from several goroutines. It must not block; nil for none.
	Delivered func()
	// Held reports whether nothing may be sent now, as by a daemon of which another
	// one may have taken over; what is queued waits. Nil for never.
	Held func() bool
}

// Notifier sends every alert to every receiver. Its methods may be called
// concurrently.
type Notifier struct {
	prometheus.Collector // of its receivers

	log          *slog.Logger
	generatorURL string
	delivered    func()
	held         func() bool

	mu       sync.Mutex
	counts   map[string]*counts // by receiver; they outlive a reload
	targets  []*target
	replaced chan struct{} // closed when targets are
	dropped  limiter
}

// receiverOf is a receiver by the name of its integration and its own, with
// how often alerts are sent to it again.
type receiverOf struct {
	integration, name string
	resend            time.Duration
	sender
}

// queuedAlert remembers what has been sent to a receiver, or will be.
type queuedAlert struct {
	starts, resolved time.Time
	verdict          string    // its kind and place
	at               time.Time // when
	seen             time.Time // when it was last among the alerts
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
		delivered:    o.Delivered,
		held:         o.Held,
		counts:       make(map[string]*counts),
	}
	n.Collector = newTable(n)
	return n, n.Reload(c)
}

// Reload changes to other receivers. What is queued for the present ones is
// sent for up to Grace more; the next Send sends everything to the new ones, except
// what a webhook that stays has taken already. On an error nothing has
// changed.
func (n *Notifier) Reload(c Config) error {
	var list []receiverOf
	for _, raw := range c.Alertmanager.URLs {
		client, err := newClient(c.Alertmanager, "alertmanager")
		if err != nil {
			return fmt.Errorf("prepare client for alertmanager: %w", err)
		}
		list = append(list, receiverOf{"alertmanager", base(raw), Resend, &alertmanager{base(raw), client, n.generatorURL}})
	}
	for i, raw := range c.Webhook.URLs {
		client, err := newClient(AlertmanagerConfig(c.Webhook), "webhook")
		if err != nil {
			return fmt.Errorf("prepare client for webhook: %w", err)
		}
		name := hookName(raw, i)
		list = append(list, receiverOf{"webhook", name, Repeat, &webhook{raw, name, client, n.generatorURL}})
	}
	n.replace(list)
	return nil
}

// replace puts other targets in the place of the present ones.
func (n *Notifier) replace(list []receiverOf) {
	n.mu.Lock()
	defer n.mu.Unlock()
	sent := n.state()
	n.targets = nil
	for _, r := range list {
		key := r.integration + " " + r.name
		c := n.counts[key]
		if c == nil {
			c = newCounts(r.integration, r.name)
			n.counts[key] = c
		}
		t := &target{
			sender: r.sender, resend: r.resend, queued: make(map[string]queuedAlert), queue: newQueue(capacity), counts: c, held: n.held, log: n.log,
		}
		if r.resend >= Repeat {
			t.delivered = n.delivered
		}
		n.targets = append(n.targets, t)
	}
	n.restore(sent)
	if n.replaced != nil {
		close(n.replaced)
	}
	n.replaced = make(chan struct{})
}

// Run sends what is queued until ctx ends, then for up to Grace what is left,
// and returns nil. It does not resolve what fires: the end of the daemon means
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
		ended := false
		select {
		case <-replaced:
		case <-ctx.Done():
			ended = true
		}
		end()
		running.Wait()
		if ended {
			return nil
		}
	}
}

// Send takes note of the alerts that fire, and of those resolved lately. It
// never blocks. It is to be called at every evaluation with all of
// Engine.Alerts: what is new or has changed is queued at once, the rest again
// when Resend has passed, for webhooks Repeat; resolved ones for
// alert.ResolvedFor.
func (n *Notifier) Send(alerts []alert.Alert) {
	n.mu.Lock()
	defer n.mu.Unlock()
	now := time.Now()
	for _, a := range alerts {
		if !a.ResolvedAt.IsZero() && now.Sub(a.ResolvedAt) > alert.ResolvedFor {
			continue
		}
		key := identity(a.Labels)
		for _, t := range n.targets {
			dropped := t.offer(key, a, now)
			if dropped > 0 && n.dropped.allow(now) {
				n.log.Warn("queue of alerts is full, the oldest are dropped", "reason", t.counts.name)
			}
		}
	}
	for _, t := range n.targets {
		t.forget(now)
	}
}

// identity writes labels in one form.
func identity(labels map[string]string) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		fmt.Fprintf(&b, "%q=%q,", name, labels[name])
	}
	return b.String()
}

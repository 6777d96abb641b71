// Package web answers HTTP: metrics, health, reload, profiles, the page and its API.
//
// It promises that every listener is open, or that it returns a clear error with the
// reason, before anything else is built; that /metrics shows no number before the
// daemon reports that it is ready; and that a stranger's request is bounded in size
// and time. It gets the numbers and readiness from plain functions.
package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	toolkit "github.com/prometheus/exporter-toolkit/web"
	"golang.org/x/sync/errgroup"

	"wvwatch/internal/alert"
	"wvwatch/internal/alert/notify"
	"wvwatch/internal/blame"
	"wvwatch/internal/codes"
	"wvwatch/internal/input"
	"wvwatch/internal/metrics"
	"wvwatch/internal/series"
	"wvwatch/internal/tailer"
)

// Bounds on what one request may take. A profile's own length is added to
// writeTimeout by net/http/pprof.
const (
	maxHeaderBytes    = 32 << 10
	maxBodyBytes      = 64 << 10
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 15 * time.Second
	writeTimeout      = 30 * time.Second
	idleTimeout       = 2 * time.Minute
	drainTimeout      = 3 * time.Second // how long requests may finish after Run's context is done
)

// Deps are what the answers are made of. Its functions are called from many
// goroutines at once.
type Deps struct {
	// Gatherer gives the series of /metrics.
	Gatherer prometheus.Gatherer
	// Series are the sources of further series of /metrics, which are written without
	// a registry.
	Series []series.Source
	// Registerer takes the server's own series; nil for none.
	Registerer prometheus.Registerer
	// Ready reports whether the counts are whole, and if not, why in one sentence
	// that may be shown to anyone. Nil means always.
	Ready func() (ok bool, why string)
	// Standby reports whether the daemon waits to take over from the leader of its
	// group; nil means never. /metrics then has the series of Own alone.
	Standby func() bool
	// Own gives the series of this process; nil for none.
	Own prometheus.Gatherer
	// Group returns the daemon's group; nil where it is in none.
	Group func() Group
	// Reload reads the configuration again. Its error is shown to the caller.
	// Nil means that there is nothing to reload.
	Reload func(context.Context) error
	// Version is shown on the page.
	Version string
	// ExternalLabels returns the labels that name this daemon in its alerts.
	ExternalLabels func() map[string]string

	// What the page and the API show. Each is asked at most twice a second while
	// there are requests, and not at all otherwise. Where one is nil, its part is
	// empty.

	// Snapshot returns what the ledger holds.
	Snapshot func(now time.Time) metrics.Snapshot
	// Catalogue returns the present catalogue: another one after a reload.
	Catalogue func() *codes.Catalogue
	// States returns the state of each rule.
	States func() []alert.Status
	// Alerts returns the alerts that were resolved lately; those that fire are
	// left out.
	Alerts func() []alert.Alert
	// Mutes returns the state of the configured mutes.
	Mutes func(now time.Time) []alert.Mute
	// Unwatched returns the rules that have too many values of their label.
	Unwatched func() []alert.Unwatched
	// Accept ends the alerts of a rule that have all of these labels, and
	// returns their labels. Nil means that nothing can be accepted.
	Accept func(ctx context.Context, rule string, labels map[string]string) ([]map[string]string, error)
	// Periods returns when alerts fired in the last day, that are over.
	Periods func() []alert.Period
	// Receivers returns the state of the alert receivers.
	Receivers func() []notify.Receiver
	// Samples returns redacted records, newest first.
	Samples func(keep func(*metrics.Sample) bool) []metrics.Sample
	// Positions returns those of all files that are followed.
	Positions func() []tailer.Position
	// Stats returns the tailer's counters.
	Stats func() tailer.Stats
	// Inputs returns the figures of the sources that do not follow files, by name.
	Inputs func() map[string]input.Stats
	// Verdict judges an alert that is pending or firing, by is its value of the label
	// in its rule's by; without an alert the last minutes. Its error is the client's.
	Verdict func(alert, by string, now time.Time) (blame.Verdict, error)
	// Breakdown shows how the failures of a window are spread.
	Breakdown func(q BreakdownQuery, now time.Time) (blame.Breakdown, error)
	// Lag returns how old the lines of a source are when they are read.
	Lag func(source string, now time.Time) metrics.Lag
}

// Group is a consumer group of Kafka of which one member leads: it counts, answers
// scrapes and sends alerts.
type Group struct {
	Name     string
	Role     string   // leader | standby
	Leader   string   // host name; empty while there is none
	Standbys []string // host names
}

// Server answers HTTP on open listeners.
type Server struct {
	*Listeners
	log     *slog.Logger
	handler http.Handler
	probes  http.Handler
	events  *streams
}

// New returns a server that answers on l. Run closes them.
func New(l *Listeners, deps Deps, log *slog.Logger) *Server {
	log = log.With("component", "web")
	if deps.Ready == nil {
		deps.Ready = func() (bool, string) { return true, "" }
	}
	s := &Server{Listeners: l, log: log}
	s.events = newStreams(newFeed(deps, l.Runbooks()))
	s.handler = newHandler(l.cfg, deps, s.events, log)
	s.probes = newProbes(deps, log)
	return s
}

// Run answers until ctx is done, lets requests under way finish for a few
// seconds, and returns nil; or an error as soon as one listener fails.
func (s *Server) Run(ctx context.Context) error {
	for _, url := range s.URLs() {
		s.log.Info("listening on " + url)
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		<-ctx.Done()
		s.events.close() // they would never finish by themselves
		return nil
	})
	if s.health != nil {
		s.log.Info("answering probes on http://" + s.health.Addr().String())
		server := s.newServer(s.probes)
		group.Go(func() error {
			if err := server.Serve(s.health); !errors.Is(err, http.ErrServerClosed) {
				return fmt.Errorf("serve on %s: %w", s.health.Addr(), err)
			}
			return nil
		})
		group.Go(func() error {
			<-ctx.Done()
			return shutdown(server, s.health)
		})
	}
	for _, l := range s.open {
		// Each listener has a server of its own: the toolkit writes its
		// authentication and TLS into the one it is given, without a lock.
		server := s.newServer(s.handler)
		group.Go(func() error {
			flags := &toolkit.FlagConfig{WebConfigFile: &s.cfg.ConfigFile}
			err := toolkit.ServeMultiple([]net.Listener{l}, server, flags, slog.New(errorsOnly{s.log.Handler()}))
			if errors.Is(err, http.ErrServerClosed) {
				return nil
			}
			return fmt.Errorf("serve on %s: %w", l.Addr(), err)
		})
		group.Go(func() error {
			<-ctx.Done()
			return shutdown(server, l)
		})
	}
	return group.Wait()
}

// shutdown ends server, and l where the server never came to serving it.
func shutdown(server *http.Server, l net.Listener) error {
	ctx, cancel := context.WithTimeout(context.Background(), drainTimeout)
	defer cancel()
	err := server.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = server.Close() // a client that does not read does not hold up the stop
	}
	_ = l.Close() // already closed, but for a server that failed early
	if err != nil {
		return fmt.Errorf("shut down: %w", err)
	}
	return nil
}

func (s *Server) newServer(handler http.Handler) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug), // strangers' broken handshakes
	}
}

// errorsOnly leaves out the toolkit's messages about its own start.
type errorsOnly struct{ slog.Handler }

func (h errorsOnly) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelError && h.Handler.Enabled(ctx, l)
}

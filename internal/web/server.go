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

	toolkit "github.com/prometheus/exporter-toolkit/web"
	"golang.org/x/sync/errgroup"
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

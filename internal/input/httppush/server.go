// Package httppush receives logs by HTTP: JSON lines and text, Loki push, OTLP logs
// and Firehose on one port, into a spool.
//
// A request is answered with success when its lines are durable. It is answered with
// 429 and Retry-After where the spool is full, and with 503 where it can not be
// written; with 400, 413 or 415 a body that no repetition makes better. The memory of
// all requests is bounded, and so are their time and the number of connections.
package httppush

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	toolkit "github.com/prometheus/exporter-toolkit/web"
	"golang.org/x/sync/errgroup"
	"golang.org/x/time/rate"

	"wvwatch/internal/input/payload"
	"wvwatch/internal/input/spool"
	"wvwatch/internal/input/traffic"
)

const (
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 30 * time.Second
	writeTimeout      = time.Minute
	idleTimeout       = 2 * time.Minute
	drainTimeout      = 3 * time.Second
	maxHeaderBytes    = 16 << 10
	maxStreams        = 8        // of a connection with HTTP/2: as it is, 250 times the requests of HTTP/1.1
	maxUnread         = 64 << 10 // of such a connection

	defaultConnections = 256
)

// Server receives for one source.
type Server struct {
	cfg      Config
	spool    *spool.Spool
	traffic  *traffic.Counter
	labels   []string
	log      *slog.Logger
	tokens   *tokens
	budget   budget
	listener net.Listener
	bodies   sync.Pool      // of *[]byte
	decoding chan struct{}  // held by the one request that is decoded
	decoders sync.Pool      // of *decoder; one is in use at a time
	refused  rate.Sometimes // limits warnings
}

// decoder has the memory in which a request is decoded.
type decoder struct {
	plain []byte // decompressed body
	lines *payload.Writer
}

// Listen opens the address. labels names the attributes of streams and resources
// that lines carry. The caller runs the server, or closes it.
func Listen(cfg Config, labels []string, s *spool.Spool, count *traffic.Counter, log *slog.Logger) (*Server, error) {
	if cfg.MaxConnections == 0 {
		cfg.MaxConnections = defaultConnections
	}
	l, err := net.Listen("tcp", cfg.Listen)
	if err != nil {
		return nil, err
	}
	server := &Server{cfg: cfg, spool: s, traffic: count, labels: labels, log: log.With("component", "httppush"), decoding: make(chan struct{}, 1), refused: rate.Sometimes{Interval: time.Minute}}
	server.listener = &limited{Listener: l, most: int64(cfg.MaxConnections), traffic: count}
	if cfg.TokenFile != "" {
		server.tokens = &tokens{file: cfg.TokenFile, log: server.log}
	}
	return server, nil
}

// Addr returns the address that is listened on.
func (s *Server) Addr() net.Addr { return s.listener.Addr() }

// Close closes the listener of a server that is not run.
func (s *Server) Close() error { return s.listener.Close() }

// Run answers until ctx is done, and lets requests under way finish.
func (s *Server) Run(ctx context.Context) error {
	s.log.Info("listening for logs on "+s.Addr().String(), "from", s.cfg.Who())
	server := &http.Server{
		Handler:           s.Handler(),
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ConnState:         s.countHandshakes,
		HTTP2:             &http.HTTP2Config{MaxConcurrentStreams: maxStreams, MaxReceiveBufferPerConnection: maxUnread, MaxReceiveBufferPerStream: maxUnread, MaxReadFrameSize: 16 << 10},
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug), // broken handshakes of strangers
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		flags := &toolkit.FlagConfig{WebConfigFile: &s.cfg.ConfigFile}
		err := toolkit.ServeMultiple([]net.Listener{s.listener}, server, flags, slog.New(slog.DiscardHandler))
		if errors.Is(err, http.ErrServerClosed) {
			return nil
		}
		return fmt.Errorf("receive logs on %s: %w", s.Addr(), err)
	})
	group.Go(func() error {
		<-ctx.Done()
		late, cancel := context.WithTimeout(context.Background(), drainTimeout)
		defer cancel()
		if err := server.Shutdown(late); err != nil {
			_ = server.Close() // a sender that does not read does not hold up the stop
		}
		_ = s.listener.Close() // already closed, but for a server that failed early
		return nil
	})
	return group.Wait()
}

// countHandshakes counts the connections that end without a TLS handshake: their senders
// have no certificate that is accepted, or use no TLS.
func (s *Server) countHandshakes(c net.Conn, state http.ConnState) {
	if secure, ok := c.(*tls.Conn); ok && state == http.StateClosed && !secure.ConnectionState().HandshakeComplete {
		s.traffic.Reject(traffic.Unauthorized)
	}
}

// limited closes connections over a limit at once.
type limited struct {
	net.Listener
	most    int64
	traffic *traffic.Counter
}

// Accept implements net.Listener.
func (l *limited) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if l.traffic.Connections() >= l.most {
			l.traffic.Reject(traffic.TooMany)
			_ = c.Close() // nothing was read from it
			continue
		}
		return &counted{Conn: c, closed: sync.OnceFunc(l.traffic.Connect())}, nil
	}
}

// counted is a connection that is counted until it is closed.
type counted struct {
	net.Conn
	closed func()
}

// Close implements net.Conn.
func (c *counted) Close() error {
	c.closed()
	return c.Conn.Close()
}

// decoder waits until no other request is decoded, and returns the memory for it. The
// caller calls release.
func (s *Server) decoder() (d *decoder, release func()) {
	s.decoding <- struct{}{}
	d, ok := s.decoders.Get().(*decoder)
	if !ok {
		d = &decoder{lines: payload.NewWriter(s.labels, maxLines)}
	}
	return d, func() {
		s.decoders.Put(d)
		<-s.decoding
	}
}

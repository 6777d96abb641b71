// Package syslog receives syslog messages over UDP, TCP and TLS into a spool.
//
// It frames only: a datagram is a message, and a connection has lines or octet-counted
// messages, which is seen at its first bytes. What a message looks like is not its
// concern, so none is refused for its form; the parser reads the headers. Over TCP a
// sender waits while the spool is full; over UDP what is lost is counted, also what
// the kernel drops.
package syslog

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/time/rate"

	"wvwatch/internal/input/spool"
	"wvwatch/internal/input/traffic"
)

const defaultConnections = 256

// Server receives for one source.
type Server struct {
	cfg     Config
	spool   *spool.Spool
	traffic *traffic.Counter
	log     *slog.Logger
	sockets []socket
	work    sync.WaitGroup // connections
	full    rate.Sometimes // limits warnings
}

// socket is one item of Config.Listen: a listener, or a UDP socket.
type socket struct {
	address
	listener net.Listener
	packets  *net.UDPConn
}

// Listen opens every address, or none. The caller runs the server, or closes it.
func Listen(cfg Config, s *spool.Spool, count *traffic.Counter, log *slog.Logger) (*Server, error) {
	if cfg.MaxConnections == 0 {
		cfg.MaxConnections = defaultConnections
	}
	server := &Server{cfg: cfg, spool: s, traffic: count, log: log.With("component", "syslog"), full: rate.Sometimes{Interval: time.Minute}}
	for _, text := range cfg.Listen {
		a, err := parseAddress(text)
		k := socket{address: a}
		switch {
		case err != nil:
		case a.network == "udp":
			k.packets, err = listenUDP(context.Background(), a.host)
		default:
			k.listener, err = net.Listen("tcp", a.host)
		}
		if err != nil {
			return nil, errors.Join(fmt.Errorf("listen on %s: %w", text, err), server.Close())
		}
		server.sockets = append(server.sockets, k)
	}
	return server, nil
}

// Addrs returns the addresses that are listened on, in the order of the configuration.
func (s *Server) Addrs() []net.Addr {
	var all []net.Addr
	for _, k := range s.sockets {
		if k.packets != nil {
			all = append(all, k.packets.LocalAddr())
		} else {
			all = append(all, k.listener.Addr())
		}
	}
	return all
}

// Close closes what Listen opened, of a server that is not run.
func (s *Server) Close() (err error) {
	for _, k := range s.sockets {
		if k.packets != nil {
			err = errors.Join(err, k.packets.Close())
		} else {
			err = errors.Join(err, k.listener.Close())
		}
	}
	return err
}

// Run receives until ctx is done. What was read by then is in the spool.
func (s *Server) Run(ctx context.Context) error {
	group, inner := errgroup.WithContext(ctx)
	for i, k := range s.sockets {
		s.log.Info("listening for syslog on "+s.Addrs()[i].String(), "network", k.network)
		if k.packets != nil {
			group.Go(func() error { return s.receive(inner, k.packets) })
			continue
		}
		group.Go(func() error { return s.accept(inner, k.listener, k.network == "tls") })
		group.Go(func() error {
			<-inner.Done()
			return k.listener.Close()
		})
	}
	err := group.Wait()
	s.work.Wait()
	return err
}

// warnFull warns, once a minute, that the spool is full.
func (s *Server) warnFull() {
	s.full.Do(func() {
		s.log.Warn("the spool is full: senders over TCP wait, datagrams are dropped and counted; raise spool.max_bytes, or see why nothing is counted")
	})
}

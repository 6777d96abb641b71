package syslog

import (
	"context"
	"crypto/tls"
	"errors"
	"math/rand/v2"
	"net"
	"time"

	"wvwatch/internal/input/spool"
	"wvwatch/internal/input/traffic"
)

const (
	smallBuffer      = 8 << 10
	largeBuffer      = 2 * maxMessage
	handshakeTimeout = 10 * time.Second
)

// accept serves the connections of l until it is closed.
func (s *Server) accept(ctx context.Context, l net.Listener, encrypted bool) error {
	for {
		c, err := l.Accept()
		if ctx.Err() != nil {
			if c != nil {
				_ = c.Close() // nothing was read from it
			}
			return nil
		}
		if err != nil {
			var temporary interface{ Temporary() bool }
			if errors.As(err, &temporary) && temporary.Temporary() { //nolint:staticcheck // of accept, as in net/http
				time.Sleep(10 * time.Millisecond) // no descriptors: others may be closed
				continue
			}
			return err
		}
		if s.traffic.Connections() >= int64(s.cfg.MaxConnections) {
			s.traffic.Reject(traffic.TooMany)
			_ = c.Close() // nothing was read from it
			continue
		}
		closed := s.traffic.Connect()
		s.work.Go(func() {
			defer closed()
			s.serve(ctx, c, encrypted)
		})
	}
}

// serve reads the messages of one connection until its end. While the spool has no
// room it does not read, and the sender waits.
func (s *Server) serve(ctx context.Context, c net.Conn, encrypted bool) {
	stop := context.AfterFunc(ctx, func() { _ = c.SetReadDeadline(time.Now()) })
	defer stop()
	defer c.Close()
	if encrypted {
		cfg, err := s.cfg.TLS.load()
		if err != nil {
			s.log.Error("certificate can not be read: the connection is refused", "err", err)
			s.traffic.Reject(traffic.Failed)
			return
		}
		secure := tls.Server(c, cfg)
		late, cancel := context.WithTimeout(ctx, handshakeTimeout)
		defer cancel()
		if err := secure.HandshakeContext(late); err != nil {
			s.traffic.Reject(traffic.Unauthorized)
			s.log.Debug("TLS handshake failed", "remote", c.RemoteAddr().String(), "err", err)
			return
		}
		c = secure
	}
	s.read(ctx, c)
}

// read reads messages until the connection ends.
func (s *Server) read(ctx context.Context, c net.Conn) {
	stream := rand.Uint64() | 1
	var f framer
	buf := make([]byte, 0, smallBuffer)
	var lines []byte
	for {
		if len(buf) == cap(buf) {
			buf = append(make([]byte, 0, min(2*cap(buf), largeBuffer)), buf...)
		}
		n, err := c.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		atEnd := err != nil && ctx.Err() == nil
		out, taken, messages := f.take(lines[:0], buf, atEnd)
		lines = out
		if messages > 0 {
			if s.append(ctx, spool.Batch{Lines: out, Stream: stream}, messages) != nil {
				return
			}
		}
		if f.cut > 0 {
			s.traffic.Drop(traffic.TooLarge, uint64(f.cut))
			f.cut = 0
		}
		buf = buf[:copy(buf, buf[taken:])]
		if err != nil {
			return
		}
	}
}

// append stores b, and waits while there is no room for it.
func (s *Server) append(ctx context.Context, b spool.Batch, messages int) error {
	for {
		_, err := s.spool.Append(ctx, b)
		switch {
		case err == nil:
			s.traffic.Accept(messages, len(b.Lines))
			return nil
		case !errors.Is(err, spool.ErrFull):
			s.traffic.Drop(traffic.Failed, uint64(messages))
			return err
		}
		s.warnFull()
		if err := s.spool.Room(ctx); err != nil {
			s.traffic.Drop(traffic.Full, uint64(messages)) // the daemon stops
			return err
		}
	}
}

package syslog

import (
	"context"
	"errors"
	"net"
	"time"

	"golang.org/x/net/ipv4"

	"wvwatch/internal/input/spool"
	"wvwatch/internal/input/traffic"
)

const (
	datagrams     = 32 // read at once
	maxDatagram   = 64 << 10
	receiveBuffer = 8 << 20 // asked of the kernel, which may give less: net.core.rmem_max
)

// listenUDP opens a socket that reports how many datagrams the kernel dropped.
func listenUDP(ctx context.Context, host string) (*net.UDPConn, error) {
	p, err := (&net.ListenConfig{}).ListenPacket(ctx, "udp", host)
	if err != nil {
		return nil, err
	}
	c, ok := p.(*net.UDPConn)
	if !ok {
		return nil, errors.Join(errors.New("no UDP socket"), p.Close())
	}
	_ = c.SetReadBuffer(receiveBuffer) // a smaller one works, too
	if err := countOverflow(c); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// receive reads datagrams until ctx is done. Each is a message.
func (s *Server) receive(ctx context.Context, c *net.UDPConn) error {
	stop := context.AfterFunc(ctx, func() { _ = c.SetReadDeadline(time.Now()) })
	defer stop()
	defer c.Close()
	batch := make([]ipv4.Message, datagrams)
	for i := range batch {
		batch[i].Buffers = [][]byte{make([]byte, maxDatagram)}
		batch[i].OOB = make([]byte, 64)
	}
	in := ipv4.NewPacketConn(c) // its ReadBatch is recvmmsg, for IPv6, too
	var lines []byte
	var dropped uint32
	for {
		n, err := in.ReadBatch(batch, 0)
		if ctx.Err() != nil && n <= 0 {
			return nil
		}
		if err != nil {
			s.log.Debug("datagram can not be read", "err", err)
			continue
		}
		lines = lines[:0]
		messages := 0
		for i := range batch[:n] {
			if now, ok := overflow(batch[i].OOB[:batch[i].NN]); ok && now != dropped {
				s.traffic.Drop(traffic.Kernel, uint64(now-dropped)) // it wraps
				dropped = now
			}
			if message := trim(batch[i].Buffers[0][:batch[i].N]); len(message) > 0 {
				lines = append(append(lines, message...), '\n')
				messages++
			}
		}
		if messages > 0 {
			s.appendOrDrop(ctx, lines, messages)
		}
	}
}

// appendOrDrop stores the messages; UDP has no back-pressure.
func (s *Server) appendOrDrop(ctx context.Context, lines []byte, messages int) {
	_, err := s.spool.Append(ctx, spool.Batch{Lines: lines})
	switch {
	case err == nil:
		s.traffic.Accept(messages, len(lines))
	case errors.Is(err, spool.ErrFull):
		s.warnFull()
		s.traffic.Drop(traffic.Full, uint64(messages))
	default:
		s.traffic.Drop(traffic.Failed, uint64(messages))
	}
}

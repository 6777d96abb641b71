package web

import (
	"net"
	"sync"
	"sync/atomic"
	"syscall"
)

// Bounds on open connections, all listeners together. The descriptors of the
// process are mostly for log files and the checkpoint: connections get a quarter
// of them.
const (
	maxConnections = 512
	minConnections = 16
)

// connectionLimit returns how many connections may be open under the process's
// limit of descriptors.
func connectionLimit() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return minConnections
	}
	return max(minConnections, min(maxConnections, int(min(limit.Cur, 1<<20))/4))
}

// connections bounds how many connections are open, and how many of them one client
// address has: half. A new connection is always accepted: where there are too many,
// the one that was quiet for the longest is closed, so that neither idle ones nor
// clients that do not read keep a scrape out. It may be used concurrently.
type connections struct {
	limit int
	clock atomic.Int64 // counts reads and writes

	mu     sync.Mutex
	open   map[*connection]struct{}
	byHost map[string]int
}

func newConnections(limit int) *connections {
	return &connections{limit: limit, open: make(map[*connection]struct{}), byHost: make(map[string]int)}
}

// listen returns l with its connections bounded.
func (c *connections) listen(l net.Listener) net.Listener { return &boundListener{l, c} }

// admit counts a new connection, and closes another where there are too many.
func (c *connections) admit(n *connection) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var quiet *connection
	switch {
	case c.byHost[n.host] >= c.limit/2:
		quiet = c.quietest(n.host)
	case len(c.open) >= c.limit:
		quiet = c.quietest(c.busiest())
	}
	if quiet != nil {
		c.forget(quiet)
		_ = quiet.Conn.Close() // its handler sees it
	}
	c.open[n] = struct{}{}
	c.byHost[n.host]++
}

// busiest returns the client address with the most connections.
func (c *connections) busiest() (host string) {
	most := 0
	for h, n := range c.byHost {
		if n > most {
			host, most = h, n
		}
	}
	return host
}

// quietest returns the connection of a client address on which nothing was read or
// written for the longest.
func (c *connections) quietest(host string) (quiet *connection) {
	for n := range c.open {
		if n.host == host && (quiet == nil || n.used.Load() < quiet.used.Load()) {
			quiet = n
		}
	}
	return quiet
}

// forget is called with mu held.
func (c *connections) forget(n *connection) {
	if _, ok := c.open[n]; !ok {
		return
	}
	delete(c.open, n)
	if c.byHost[n.host]--; c.byHost[n.host] == 0 {
		delete(c.byHost, n.host)
	}
}

type boundListener struct {
	net.Listener
	all *connections
}

// Accept implements net.Listener.
func (l *boundListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	n := &connection{Conn: conn, all: l.all, host: hostOf(conn.RemoteAddr().String())}
	n.use()
	l.all.admit(n)
	return n, nil
}

// connection notes when it was used last.
type connection struct {
	net.Conn
	all  *connections
	host string
	used atomic.Int64 // by the clock of all
}

func (n *connection) use() { n.used.Store(n.all.clock.Add(1)) }

// Read implements net.Conn.
func (n *connection) Read(b []byte) (int, error) {
	read, err := n.Conn.Read(b)
	if read > 0 {
		n.use()
	}
	return read, err
}

// Write implements net.Conn.
func (n *connection) Write(b []byte) (int, error) {
	written, err := n.Conn.Write(b)
	if written > 0 {
		n.use()
	}
	return written, err
}

// Close implements net.Conn.
func (n *connection) Close() error {
	n.all.mu.Lock()
	n.all.forget(n)
	n.all.mu.Unlock()
	return n.Conn.Close()
}

// hostOf returns the host of an address with a port. IPv6 clients share their /64:
// a host has all of it.
func hostOf(address string) string {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	if ip := net.ParseIP(host); ip != nil && ip.To4() == nil {
		return ip.Mask(net.CIDRMask(64, 128)).String()
	}
	return host
}

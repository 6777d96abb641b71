package web

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"
	"syscall"
)

// Listeners are the open addresses of a configuration.
type Listeners struct {
	cfg    Config
	open   []net.Listener
	health net.Listener // of the probes alone; nil for none
}

// Listen opens every address of cfg, or none.
func Listen(cfg Config) (*Listeners, error) {
	l := &Listeners{cfg: cfg}
	bounded := newConnections(connectionLimit())
	for i, address := range cfg.Listen {
		one, err := net.Listen("tcp", address)
		if err != nil {
			l.Close()
			return nil, fmt.Errorf("web.listen[%d]: %w%s", i, err, cure(err))
		}
		l.open = append(l.open, bounded.listen(one))
	}
	if cfg.HealthListen != "" {
		one, err := net.Listen("tcp", cfg.HealthListen)
		if err != nil {
			l.Close()
			return nil, fmt.Errorf("web.health_listen: %w%s", err, cure(err))
		}
		l.health = newConnections(minConnections).listen(one) // not to be crowded out by the others
	}
	return l, nil
}

// cure returns what may help where the system refuses an address.
func cure(err error) string {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return ": stop what listens there, or choose another port with web.listen or --web.listen-address"
	case errors.Is(err, syscall.EACCES):
		return ": ports below 1024 need the capability CAP_NET_BIND_SERVICE; choose a higher one"
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return ": this host has no such address; use 127.0.0.1, or leave the host out for every interface"
	}
	return ""
}

// URLs returns what is open, in the order of the configuration: with the port that was
// chosen where it is 0 there.
func (l *Listeners) URLs() []string {
	urls := make([]string, len(l.open))
	for i, one := range l.open {
		urls[i] = l.cfg.scheme() + "://" + one.Addr().String()
	}
	return urls
}

// ExternalURL returns where people reach the daemon, without a slash at its end:
// the configured one, else the first open address, with the host's name
// where that is every interface; "" if nothing is open.
func (l *Listeners) ExternalURL() string {
	if l.cfg.ExternalURL != "" {
		return strings.TrimRight(l.cfg.ExternalURL, "/")
	}
	if len(l.open) == 0 {
		return ""
	}
	first := l.URLs()[0]
	u, err := url.Parse(first)
	if err != nil {
		return first
	}
	if ip := net.ParseIP(u.Hostname()); ip != nil && ip.IsUnspecified() {
		if name, err := os.Hostname(); err == nil {
			u.Host = net.JoinHostPort(name, u.Port())
		}
	}
	return u.String()
}

// Runbooks returns the URL under which the daemon serves the runbooks.
func (l *Listeners) Runbooks() string { return l.ExternalURL() + RunbookPath }

// Close closes what is open; only for a caller that does not come to Server.Run. It may
// be called twice.
func (l *Listeners) Close() {
	for _, one := range l.open {
		_ = one.Close() // nothing was accepted on it
	}
	if l.health != nil {
		_ = l.health.Close() // as above
	}
	l.open, l.health = nil, nil
}

// checkExternal reports what is wrong with a configured URL.
func checkExternal(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.RawQuery == "" && u.Fragment == "" && u.User == nil
}

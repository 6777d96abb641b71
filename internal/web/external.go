package web

import (
	"net"
	"net/url"
	"os"
	"strings"
)

// ExternalURL returns where people reach the daemon, without a slash at its end:
// what the configuration says, else the first address that Listen opened, with
// the host's name where that is every interface.
func (s *Server) ExternalURL() string {
	if s.cfg.ExternalURL != "" {
		return strings.TrimRight(s.cfg.ExternalURL, "/")
	}
	if len(s.listeners) == 0 {
		return ""
	}
	first := s.URLs()[0]
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
func (s *Server) Runbooks() string { return s.ExternalURL() + RunbookPath }

// checkExternal reports what is wrong with a configured URL.
func checkExternal(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.RawQuery == "" && u.Fragment == "" && u.User == nil
}

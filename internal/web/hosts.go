package web

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strings"
)

// hosts are the names under which clients may reach the page and the API. A page of
// another site that makes its own name lead to this address (DNS rebinding) sends
// that name: it is refused. An address needs no name and is always known.
type hosts map[string]bool

// newHosts returns the hosts of a configuration: localhost, those of the listen
// addresses and this machine's where one is every interface, external_url's and
// allowed_hosts.
func newHosts(cfg Config) hosts {
	known := hosts{"localhost": true}
	for _, address := range cfg.Listen {
		host, _, err := net.SplitHostPort(address)
		if err != nil {
			continue
		}
		known[strings.ToLower(host)] = true
		if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
			if name, err := os.Hostname(); err == nil {
				known[strings.ToLower(name)] = true
			}
		}
	}
	if u, err := url.Parse(cfg.ExternalURL); err == nil {
		known[strings.ToLower(u.Hostname())] = true
	}
	for _, host := range cfg.AllowedHosts {
		known[strings.ToLower(host)] = true
	}
	delete(known, "")
	return known
}

// has reports whether a Host header, with or without a port, is known.
func (h hosts) has(host string) bool {
	name := host
	if n, _, err := net.SplitHostPort(host); err == nil {
		name = n
	}
	name = strings.TrimSuffix(strings.ToLower(strings.Trim(name, "[]")), ".")
	if _, err := netip.ParseAddr(name); err == nil {
		return true
	}
	return h[name] || strings.HasSuffix(name, ".localhost")
}

// guard answers 421 where a request's host is not known, and 403 where a request
// that changes something comes from a page of an unknown host. Scrapes and probes
// are answered under every name: they show numbers only, and Prometheus and the
// kubelet use names of their own.
func (h hosts) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/metrics" || r.URL.Path == healthyPath || r.URL.Path == readyPath:
		case !h.has(r.Host):
			h.refuse(w, r, http.StatusMisdirectedRequest, fmt.Errorf("host %q is not known: add it to web.allowed_hosts, or set web.external_url", r.Host))
			return
		case r.Method != http.MethodGet && r.Method != http.MethodHead && !h.origin(r.Header.Get("Origin")):
			h.refuse(w, r, http.StatusForbidden, fmt.Errorf("origin %q is not known: add its host to web.allowed_hosts", r.Header.Get("Origin")))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// origin reports whether an Origin header is none or of a known host.
func (h hosts) origin(origin string) bool {
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && h.has(u.Host)
}

func (h hosts) refuse(w http.ResponseWriter, r *http.Request, status int, err error) {
	if strings.HasPrefix(r.URL.Path, "/api/") {
		refuse(w, status, err)
		return
	}
	http.Error(w, err.Error(), status)
}

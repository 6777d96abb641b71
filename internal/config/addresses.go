package config

import (
	"fmt"
	"net"
	"strings"

	"wvwatch/internal/fault"
)

// validateAddresses refuses an address that two listeners of one protocol want. The
// addresses within web are web's own to compare.
func validateAddresses(c *Config, fs *fault.List) {
	taken := listeners{}
	for i, a := range c.Web.Listen {
		taken.add("tcp", a, fmt.Sprintf("web.listen[%d]", i))
	}
	taken.add("tcp", c.Web.HealthListen, "web.health_listen")
	take := func(network, address, key string) {
		if other := taken.add(network, address, key); other != "" {
			fs.AddFix(key, "choose another port", "%s is taken by %s", fault.Quote(address), other)
		}
	}
	for i := range c.Sources {
		s, path := &c.Sources[i], fmt.Sprintf("sources[%d]", i)
		if s.Input.HTTP != nil {
			take("tcp", s.Input.HTTP.Listen, path+".http.listen")
		}
		if s.Input.Syslog == nil {
			continue
		}
		for j, url := range s.Input.Syslog.Listen {
			network, address, _ := strings.Cut(url, "://")
			if network == "tls" {
				network = "tcp"
			}
			take(network, address, fmt.Sprintf("%s.syslog.listen[%d]", path, j))
		}
	}
}

// listeners holds by protocol and port who listens.
type listeners map[string][]listener

type listener struct{ host, key string }

// add returns the key that has the address already, or "". It ignores an address that has
// no port or port 0, and an invalid one, which its owner reports.
func (l listeners) add(network, address, key string) (other string) {
	host, port, err := net.SplitHostPort(address)
	if err != nil || port == "0" || port == "" {
		return ""
	}
	if host == "localhost" {
		host = "127.0.0.1"
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "" // every address of the host
	}
	port = network + "/" + port
	for _, had := range l[port] {
		if had.host == host || had.host == "" || host == "" {
			return had.key
		}
	}
	l[port] = append(l[port], listener{host, key})
	return ""
}

package syslog

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/url"
	"os"
	"strconv"

	"wvwatch/internal/fault"
)

// Config has the addresses where a source receives syslog, and the files for TLS.
type Config struct {
	Listen         []string  `mapstructure:"listen" yaml:"listen"` // udp://, tcp:// or tls://HOST:PORT
	TLS            TLSConfig `mapstructure:"tls" yaml:"tls"`
	MaxConnections int       `mapstructure:"max_connections" yaml:"max_connections"` // open at the same time, of tcp and tls; 0: 256
}

// TLSConfig has the files of the addresses that begin with tls://. They are read at
// each handshake, so that a renewed certificate is used at once.
type TLSConfig struct {
	CertFile     string `mapstructure:"cert_file" yaml:"cert_file"`
	KeyFile      string `mapstructure:"key_file" yaml:"key_file"`
	ClientCAFile string `mapstructure:"client_ca_file" yaml:"client_ca_file"` // senders need a certificate of one of these; empty: anyone may send
}

// address is one item of Config.Listen.
type address struct{ network, host string }

func parseAddress(text string) (a address, err error) {
	const cure = "write udp://HOST:PORT, tcp://HOST:PORT or tls://HOST:PORT, such as udp://127.0.0.1:5514"
	u, err := url.Parse(text)
	if err != nil || u.Path != "" || u.RawQuery != "" || u.User != nil {
		return a, fmt.Errorf("%q is not an address: %s", text, cure)
	}
	switch u.Scheme {
	case "udp", "tcp", "tls":
	default:
		return a, fmt.Errorf("%q names no protocol: %s", text, cure)
	}
	if _, port, err := net.SplitHostPort(u.Host); err != nil {
		return a, fmt.Errorf("%q has no port: %s", text, cure)
	} else if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return a, fmt.Errorf("%q has no port from 0 to 65535: %s", text, cure)
	}
	return address{u.Scheme, u.Host}, nil
}

// Validate reports every fault of c, each with its key and a cure. It reads the files.
func (c Config) Validate() error {
	var fs fault.List
	if len(c.Listen) == 0 {
		fs.AddFix("listen", "write [udp://127.0.0.1:5514, tcp://127.0.0.1:5514]", "no address")
	}
	first, encrypted := map[string]int{}, false
	for i, text := range c.Listen {
		a, err := parseAddress(text)
		if err != nil {
			fs.Add(fmt.Sprintf("listen[%d]", i), "%v", err)
			continue
		}
		encrypted = encrypted || a.network == "tls"
		if j, ok := first[text]; ok {
			fs.AddFix(fmt.Sprintf("listen[%d]", i), "remove one of the two", "%q is listen[%d] already", text, j)
		}
		first[text] = i
	}
	switch {
	case encrypted && (c.TLS.CertFile == "" || c.TLS.KeyFile == ""):
		fs.AddFix("tls", "write tls: {cert_file: ..., key_file: ...}", "an address begins with tls://")
	case encrypted:
		if _, err := c.TLS.load(); err != nil {
			fs.Add("tls", "%v", err)
		}
	case c.TLS != TLSConfig{}:
		fs.AddFix("tls", "write tls://HOST:PORT in listen, or remove tls", "no address begins with tls://")
	}
	if c.MaxConnections < 0 {
		fs.AddFix("max_connections", "write a number from 1, or leave it out for 256", "is negative")
	}
	return fs.Err()
}

// load reads the files.
func (c TLSConfig) load() (*tls.Config, error) {
	cert, err := tls.LoadX509KeyPair(c.CertFile, c.KeyFile)
	if err != nil {
		return nil, err
	}
	cfg := &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}
	if c.ClientCAFile == "" {
		return cfg, nil
	}
	text, err := os.ReadFile(c.ClientCAFile)
	if err != nil {
		return nil, err
	}
	cfg.ClientCAs, cfg.ClientAuth = x509.NewCertPool(), tls.RequireAndVerifyClientCert
	if !cfg.ClientCAs.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("%q holds no certificate", c.ClientCAFile)
	}
	return cfg, nil
}

// Who describes who may send to an item of Listen, in words.
func (c Config) Who(listen string) string {
	a, err := parseAddress(listen)
	switch {
	case err != nil:
		return ""
	case a.network == "tls" && c.TLS.ClientCAFile != "":
		return "clients with a certificate, by TLS"
	case a.network == "tls":
		return "anyone who reaches it, by TLS"
	}
	return "anyone who reaches it, without TLS"
}

// Warnings returns what is allowed but probably not meant.
func (c Config) Warnings() (warnings []string) {
	for _, text := range c.Listen {
		a, err := parseAddress(text)
		if err != nil || a.network == "tls" && c.TLS.ClientCAFile != "" {
			continue
		}
		host, _, _ := net.SplitHostPort(a.host) // parseAddress has
		if ip := net.ParseIP(host); host == "localhost" || ip != nil && ip.IsLoopback() {
			continue
		}
		cure := "listen on tls:// with client_ca_file, or let a firewall admit the senders only"
		if a.network == "tls" {
			cure = "set client_ca_file, or let a firewall admit the senders only"
		}
		warnings = append(warnings, fmt.Sprintf("syslog listens on %s for %s: anyone with access can add counts; %s", text, c.Who(text), cure))
	}
	return warnings
}
